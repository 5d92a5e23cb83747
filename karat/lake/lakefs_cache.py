"""Files that were read from far away, on this machine, named by their SHA-256.

Nothing here is the only copy, so nothing is flushed: what a power cut spoils is found out by its
digest and brought again. What was used longest ago goes when there is too much; whoever needs room
may delete all of it while nobody reads.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from karat.digest import Hasher, file_digest
from karat.lake.failures import translated
from karat.lake.lakefs_access import CACHE_BYTES
from karat.lake.lakefs_room import Room
from karat.telemetry import Clock, now_s

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_DIGEST = re.compile(rb"[0-9a-f]{64}")


class Cache:
    """Read-only files in `folder`, made when one comes; safe for threads and processes.

    They take about `limit` bytes of disk; what was asked for within the hour stays (`Room`).
    """

    def __init__(self, folder: Path, limit: int = CACHE_BYTES, clock: Clock = now_s) -> None:
        self._blobs, self._tmp, self._foreign = (folder / n for n in ("blobs", "tmp", "foreign"))
        self._room = Room((self._blobs, self._foreign), self._tmp, limit, clock)

    def file(self, name: str) -> Path:
        """Return where the bytes of a digest lie, or would."""
        return self._blobs / name[:2] / name

    def has(self, name: str, size: int, *, verify: bool) -> bool:
        """Tell whether these bytes are here; with `verify`, a file that is not them is deleted."""
        path = self.file(name)
        with translated(path):
            try:
                if path.stat().st_size == size and not (verify and file_digest(path) != name):
                    self._room.use(path)
                    return True
            except FileNotFoundError:
                return False
            path.unlink(missing_ok=True)
        return False

    def keep(self, blocks: Iterable[bytes | memoryview]) -> tuple[str, int]:
        """Write bytes to a file as they come, and return their digest and size."""
        temporary, hasher, size = self._tmp / token_hex(16), Hasher(), 0
        with translated(temporary):
            handle = _made(temporary)
            try:
                try:
                    for block in blocks:
                        hasher.update(block)
                        size += _write(handle, block)
                    os.fchmod(handle, 0o444)
                finally:
                    os.close(handle)
                target = self.file(hasher.hexdigest())
                _moved(temporary, target)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
        self._room.use(target)
        self._room.came(size)
        return target.name, size

    def forget(self, name: str) -> None:
        """Delete bytes that nobody asked for."""
        self.file(name).unlink(missing_ok=True)

    def known(self, key: str) -> str | None:
        """Return the digest that was found out for `key`, or None."""
        note = self._foreign / key
        with translated(note):
            try:
                text = note.read_bytes()
            except FileNotFoundError:
                return None
        self._room.use(note)
        return text.decode() if _DIGEST.fullmatch(text) else None

    def learn(self, key: str, name: str) -> None:
        """Remember the digest of a file that nobody wrote it beside.

        A note is written where it stays: half of one is no digest, and to put a file in another's
        place has the disk wait.
        """
        note = self._foreign / key
        with translated(note):
            try:
                _noted(note, name)
            except FileExistsError:
                if self.known(key) == name:
                    return
                note.unlink(missing_ok=True)
                with suppress(FileExistsError):  # another process noted it, of the same upload
                    _noted(note, name)
        self._room.use(note)


def _made(path: Path) -> int:
    """Make a file, and its folder where there is none; a handle to write to it."""
    try:
        return os.open(path, _NEW, 0o666)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, _NEW, 0o666)


def _moved(path: Path, to: Path) -> None:
    """Give a file its name, in a folder that is made where there is none."""
    try:
        path.replace(to)
    except FileNotFoundError:
        to.parent.mkdir(parents=True, exist_ok=True)
        path.replace(to)


def _noted(note: Path, name: str) -> None:
    """Make a note; FileExistsError."""
    handle = _made(note)
    try:
        _write(handle, name.encode())
    finally:
        os.close(handle)


def _write(handle: int, block: bytes | memoryview) -> int:
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(handle, rest) :]
    return len(block)
