"""A local lake copied whole to another directory while it is in use, and back again.

A copy is a lake: it can be opened, checked and restored from. The database is copied by SQLite as
of one moment; then the blobs it names, which are never changed and cannot be collected meanwhile.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from karat.digest import file_digest
from karat.errors import CorruptError, InputError, ObjectGone
from karat.lake.blobs import FileBlobs, sync
from karat.lake.copying import kept
from karat.lake.failures import translated
from karat.lake.local import LocalLake, local_lake
from karat.lake.protocol import CommitId, Lake
from karat.lake.reach import Reach
from karat.telemetry import Progress, silent

STEP = 256


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds: its head of main, its refs, and its blobs in bytes; `linked` of them."""

    main: CommitId
    refs: int
    blobs: int
    blob_bytes: int
    linked: int


def backup(lake: Lake, to: Path, *, link: bool = False, progress: Progress = silent) -> Copied:
    """Copy a local lake to the directory `to`, which must not be there; every byte is verified.

    With `link`, blobs on the same disk get a second name instead of being copied: quick, and no
    help against a damaged disk. Writers go on meanwhile, collection waits. `to` appears when all
    of it is on the disk; killed before, a directory ``….partial-…`` beside it may be removed.

    `InputError` when `to` is there, or `lake` is not in a directory; `CorruptError` for a blob
    that is not what its name says: nothing is left at `to`.
    """
    local = local_lake(lake, "backup")
    _refuse_if_there(to)
    partial = to.with_name(f"{to.name}.partial-{token_hex(4)}")
    with translated(to), local.blobs.gate.shared():
        try:
            partial.mkdir(parents=True)
            _copy_database(local, partial)
            done = _copy_blobs(local, partial, progress, link=link)
            _refuse_if_there(to)
            partial.rename(to)
            sync(to.parent)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    return done


def restore(source: Path, to: Path, *, progress: Progress = silent) -> Copied:
    """Make the lake that was backed up to `source` again at `to`, which must not be there.

    Every byte is copied and verified. Errors as `backup`, `RepositoryNotFound` when there is no
    lake at `source`.
    """
    return backup(LocalLake(source, read_only=True), to, progress=progress)


def _refuse_if_there(to: Path) -> None:
    if to.exists() or to.is_symlink():
        raise InputError(f"{to} is there already, and nothing is overwritten: choose another place")


def _copy_database(lake: LocalLake, to: Path) -> None:
    with lake.database.connection() as connection, closing(sqlite3.connect(to / "lake.db")) as copy:
        connection.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE").close()  # all of it in the one file
    with (to / "lake.db").open("rb") as file:
        os.fsync(file.fileno())


def _copy_blobs(lake: LocalLake, to: Path, progress: Progress, *, link: bool) -> Copied:
    made = FileBlobs(to)
    made.make_folders()
    copy = LocalLake(to, read_only=True)
    refs = [*copy.branches(), *copy.tags()]
    reach = Reach(copy)
    reach.add(ref.commit for ref in refs)
    names, size, linked = sorted(reach.blobs()), 0, 0
    for done, name in enumerate(names):
        source, target = lake.blobs.file(name), made.file(name)
        target.parent.mkdir(exist_ok=True)
        linked += _copy_blob(source, target, link=link)
        size += target.stat().st_size
        if not done % STEP:
            progress("copy", done, len(names), name[:12])
    for folder in (*sorted((to / "blobs").iterdir()), to / "blobs", to):
        sync(folder)
    return Copied(copy.head("main"), len(refs), len(names), size, linked)


def _copy_blob(source: Path, target: Path, *, link: bool) -> bool:
    """Bring one blob over; tell whether it was linked."""
    if link and _linked(source, target):
        found = file_digest(target)
    else:
        link = False
        found = _copied(source, target)
    if found != target.name:
        raise CorruptError(f"{source} does not hold the bytes of its name: run karat lake fsck")
    return link


def _linked(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError:  # on another disk, or there is nothing to link: told by who copies it
        return False
    return True


def _copied(source: Path, target: Path) -> str:
    if not source.is_file():
        raise ObjectGone(f"{source} is named by a commit and missing: run karat lake fsck")
    with target.open("x+b", buffering=0) as file:
        os.fchmod(file.fileno(), 0o444)
        return kept(source, file)[0]
