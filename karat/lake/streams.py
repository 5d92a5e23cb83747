"""A stream that checks what it reads against the digest of the whole."""

from __future__ import annotations

import os
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import BinaryIO, cast

from karat.digest import BLOCK, Hasher
from karat.errors import CorruptError
from karat.lake.failures import translated


class VerifiedFile(RawIOBase):
    """A file read in any order; bytes are hashed as far as they have been read without a gap.

    `CorruptError` when the size is wrong (at once), or when the last byte has been read and the
    bytes are not those of `digest`; `LakeUnusable` when the disk fails.
    """

    def __init__(self, file: BinaryIO, digest: str, size: int) -> None:
        super().__init__()
        self._file, self._digest, self._size = file, digest, size
        self._path = Path(file.name)
        self._hasher, self._hashed = Hasher(), 0
        if os.fstat(file.fileno()).st_size != size:
            self.close()
            raise self._corrupt()

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be sought in."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place in the file and return it."""
        return self._file.seek(offset, whence)

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` from here on and return how many bytes were read."""
        start = self._file.tell()
        with translated(self._path):
            count = cast("int", self._file.readinto(buffer))  # type: ignore[attr-defined]
        self._take_note(start, memoryview(buffer)[:count])
        return count

    def readall(self) -> bytes:
        """Read all from here on at once: Python itself would ask for 8 KB each time."""
        rest = bytearray(max(self._size - self._file.tell(), 0))
        left = memoryview(rest)
        while count := self.readinto(left):
            left = left[count:]
        return bytes(rest)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def _take_note(self, start: int, data: memoryview) -> None:
        end = start + len(data)
        if start <= self._hashed < end:
            self._hasher.update(data[self._hashed - start :])
            self._hashed = end
        ended_early = not len(data) and start < self._size
        if ended_early or (self._hashed == self._size and not self._is_right()):
            raise self._corrupt()

    def _is_right(self) -> bool:
        return self._hasher.hexdigest() == self._digest

    def _corrupt(self) -> CorruptError:
        return CorruptError(f"{self._path} does not hold the bytes of its name: restore it")


def verified(file: BinaryIO, digest: str, size: int) -> BinaryIO:
    """Return `file` as a stream that checks itself; `CorruptError` at once for a wrong size."""
    return cast("BinaryIO", BufferedReader(VerifiedFile(file, digest, size), BLOCK))
