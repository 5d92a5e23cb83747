"""Files that were read from far away, on this machine, named by their SHA-256.

Nothing here is the only copy, so nothing is flushed: what a power cut spoils is found out by its
digest and brought again. What was used longest ago goes when there is too much; whoever needs room
may delete all of it while nobody reads.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from secrets import token_hex

from karat.digest import Hasher, file_digest
from karat.lake.failures import translated
from karat.lake.lakefs_access import CACHE_BYTES
from karat.lake.lakefs_room import Room
from karat.telemetry import Clock, now_s


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
            self._tmp.mkdir(parents=True, exist_ok=True)
            try:
                with temporary.open("xb", buffering=0) as file:
                    for block in blocks:
                        hasher.update(block)
                        size += _write(file.fileno(), block)
                    os.fchmod(file.fileno(), 0o444)
                target = self.file(hasher.hexdigest())
                target.parent.mkdir(parents=True, exist_ok=True)
                temporary.replace(target)
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
                text = note.read_text()
            except FileNotFoundError:
                return None
        self._room.use(note)
        return text if len(text) == len(key) else None

    def learn(self, key: str, name: str) -> None:
        """Remember the digest of a file that nobody wrote it beside."""
        temporary = self._tmp / token_hex(16)
        with translated(temporary):
            for needed in (self._tmp, self._foreign):
                needed.mkdir(parents=True, exist_ok=True)
            temporary.write_text(name)
            temporary.replace(self._foreign / key)
        self._room.use(self._foreign / key)


def _write(handle: int, block: bytes | memoryview) -> int:
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(handle, rest) :]
    return len(block)
