"""What a disk store holds, whether it is whole, and how to make it smaller."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from karat.errors import InputError, UnavailableError
from karat.store.cells_beside import cells_bytes, spare_cells
from karat.store.database import SET_ASIDE, Database, Work
from karat.store.disk import CORRUPT, DiskStore, is_whole
from karat.store.evicting import Went, expire, shrink
from karat.telemetry import Progress, silent

AT_ONCE = 100
_EACH = (
    "SELECT entries.row, key, seal, data FROM entries LEFT JOIN contents USING (row) "
    "WHERE entries.row > ? ORDER BY entries.row LIMIT ?"
)
_KEYS = "SELECT row, key FROM entries WHERE row > ? ORDER BY row LIMIT ?"


@dataclass(frozen=True, slots=True)
class Stats:
    """What is there: entries and bytes of content, of files, and of what older versions left.

    `cells_bytes` are of golden cells, in files of their own for processes to map.

    `corrupt` are the entries found corrupt so far, by any process. Times of use are seconds since
    1970 UTC, ten minutes exact, None in an empty store.
    """

    entries: int
    data_bytes: int
    file_bytes: int
    limit_bytes: int
    corrupt: int
    oldest_use_s: int | None
    newest_use_s: int | None
    left_bytes: int
    cells_bytes: int


@dataclass(frozen=True, slots=True)
class Verified:
    """How many entries were looked at, their bytes, and how many were not what was put."""

    entries: int
    data_bytes: int
    corrupt: int
    set_aside: int


@dataclass(frozen=True, slots=True)
class Pruned:
    """What went: entries and their bytes of content, what older versions left, bytes of disk.

    `cells_bytes` of what went were golden cells.
    """

    entries: int
    data_bytes: int
    left_bytes: int
    cells_bytes: int
    freed_bytes: int


def stats(store: DiskStore) -> Stats:
    """Return what the store holds; every entry is counted, none is read."""
    ask = "SELECT count(*), total(size), min(used), max(used) FROM entries"
    entries, size, oldest, newest = store.database.read(lambda at: at.execute(ask).fetchone())
    return Stats(
        entries=entries,
        data_bytes=int(size),
        file_bytes=_file_bytes(store.database),
        limit_bytes=store.limit_bytes,
        corrupt=_tally(store.database),
        oldest_use_s=oldest,
        newest_use_s=newest,
        left_bytes=sum(map(_size, _left(store.database))),
        cells_bytes=cells_bytes(store.database.root),
    )


def verify(store: DiskStore, progress: Progress = silent) -> Verified:
    """Read every entry; those that are not what was put are counted and let go of.

    A file whose inner order is broken is set aside, and the store begun anew.
    """
    database, aside = store.database, store.set_aside
    database.read(_check)
    entries, size, corrupt, total = 0, 0, 0, count(store)
    for rows in _batches(database):
        broken = [row for row, *held in rows if not is_whole(*held)]
        if broken:
            store.lose(broken)
        entries, corrupt = entries + len(rows), corrupt + len(broken)
        size += sum(len(data or b"") for *_, data in rows)
        progress("verify", entries, total, f"{size:,} bytes")
    return Verified(entries, size, corrupt, store.set_aside - aside)


def prune(
    store: DiskStore,
    *,
    to_bytes: int | None = None,
    older_than_s: int | None = None,
    progress: Progress = silent,
) -> Pruned:
    """Let go of what was not used for `older_than_s`, then of the oldest beyond `to_bytes`.

    The store's own limit holds in any case. Golden cells that were not used for as long go, and
    those for which `to_bytes` have no room. What older versions and damage left goes too, and the
    disk gets back what is free. Others may use the store meanwhile. `InputError` for less than 0.
    """
    if min(to_bytes or 0, older_than_s or 0) < 0:
        raise InputError("a store cannot be pruned to less than nothing: say 0 or more")
    database, before = store.database, _file_bytes(store.database)
    went, size, total = 0, 0, count(store)
    for some, held in _let_go(store, to_bytes, older_than_s):
        went, size = went + some, size + held
        progress("prune", went, total, f"{size:,} bytes")
        if went >= total:  # what others add meanwhile stays
            break
    left_bytes = _removed(_left(database))
    database.read(_give_back)
    now = _file_bytes(database)
    room = None if to_bytes is None else max(0, to_bytes - now)
    spare = spare_cells(database.root, store.clock(), older_than_s=older_than_s, room=room)
    cells = _removed(spare)
    freed = max(0, before - now) + left_bytes + cells
    return Pruned(went, size, left_bytes, cells, freed)


def expiring(store: DiskStore, older_than_s: int) -> tuple[int, int]:
    """Return how many entries were not used for so long, and their bytes of content."""
    ask, until_s = "SELECT count(*), total(size) FROM entries WHERE used < ?", store.clock()
    found = store.database.read(lambda at: at.execute(ask, (until_s - older_than_s,)).fetchone())
    return int(found[0]), int(found[1])


def _let_go(store: DiskStore, to_bytes: int | None, older_than_s: int | None) -> Iterator[Went]:
    """Yield what went, some at a time, so that others need not wait for all of it."""
    target = store.limit_bytes if to_bytes is None else min(to_bytes, store.limit_bytes)
    if older_than_s is not None:
        until = store.clock() - older_than_s
        yield from _until_none(store.database, lambda connection: expire(connection, until))
    yield from _until_none(store.database, lambda connection: shrink(connection, target))


def _until_none(database: Database, work: Work[Went]) -> Iterator[Went]:
    while (went := database.write(work))[0]:
        yield went


def keys_in(store: DiskStore) -> Iterator[list[str]]:
    """Yield the keys of all entries, some at a time; others may use the store meanwhile."""
    last = -1

    def some(connection: sqlite3.Connection) -> list[tuple[int, str]]:
        return connection.execute(_KEYS, (last, 10 * AT_ONCE)).fetchall()

    while rows := store.database.read(some):
        yield [key for _, key in rows]
        last = rows[-1][0]


def _check(connection: sqlite3.Connection) -> None:
    """Raise sqlite3.DatabaseError when the file's inner order is broken."""
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    orphans = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM contents WHERE row NOT IN (SELECT row FROM entries))"
    ).fetchone()[0]
    if found != "ok" or orphans:
        raise sqlite3.DatabaseError(found if found != "ok" else "contents that no key names")


def _batches(database: Database) -> Iterator[list[tuple[Any, ...]]]:
    """Yield all entries, some at a time, with no lock held between."""
    last = -1

    def some(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
        return connection.execute(_EACH, (last, AT_ONCE)).fetchall()

    while rows := database.read(some):
        yield rows
        last = rows[-1][0]


def _give_back(connection: sqlite3.Connection) -> None:
    """Cut free pages off the file, and write the log back into it."""
    connection.executescript(
        "PRAGMA incremental_vacuum"
    ).close()  # steps to the end, unlike execute
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def count(store: DiskStore) -> int:
    """Return how many entries there are."""
    return store.database.read(
        lambda at: int(at.execute("SELECT count(*) FROM entries").fetchone()[0])
    )


def _tally(database: Database) -> int:
    ask = "SELECT total(count) FROM tallies WHERE name = ?"
    return database.read(lambda at: int(at.execute(ask, (CORRUPT,)).fetchone()[0]))


def _file_bytes(database: Database) -> int:
    return sum(_size(path) for path in database.root.glob(f"{database.path.name}*"))


def _left(database: Database) -> list[Path]:
    """Return what a store of a file for each entry left here, and databases set aside."""
    found = (database.root.glob(f"{name}*") for name in ("entries-", SET_ASIDE))
    return [path for path in [*chain(*found), database.root / "tmp"] if path.exists()]


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _removed(paths: list[Path]) -> int:
    """Remove files and folders, and return their bytes."""
    size = sum(map(_size, paths))
    for path in paths:
        _remove(path)
    return size


def _remove(path: Path) -> None:
    try:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    except OSError as error:
        raise UnavailableError(f"{path} cannot be removed: {error.strerror}") from error
