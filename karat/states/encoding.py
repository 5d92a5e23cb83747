"""The written form of a state: a version byte, then fields, each with its length.

Everything is little-endian. An integer is its length (1 byte) and its two's complement in the
fewest bytes; a text is its length (4 bytes) and UTF-8; an array is its number of items (8 bytes),
the length of what follows (8 bytes) and its int64 items through zlib at level 1. A sorted array
holds the step from item to item instead. Equal values give equal bytes.
"""

from __future__ import annotations

import zlib
from typing import Self

import numpy as np
from numpy.typing import NDArray

from karat.errors import CorruptError

Int64s = NDArray[np.int64]
MISSING, PRESENT = 0, 1


class Writer:
    """Bytes of one state, field after field.

    >>> Reader(Writer(1).integer(-5).text("a").data(), 1, "example").integer()
    -5
    """

    def __init__(self, version: int) -> None:
        self._parts = [bytes([version])]

    def integer(self, value: int) -> Self:
        """Add an integer of any size up to 255 bytes."""
        size = (value.bit_length() + 8) // 8
        self._parts.append(bytes([size]) + value.to_bytes(size, "little", signed=True))
        return self

    def integers(self, *values: int) -> Self:
        """Add several integers, their number not written."""
        for value in values:
            self.integer(value)
        return self

    def optional(self, values: tuple[int, ...] | None) -> Self:
        """Add a mark that says whether `values` are there, and them if so."""
        return self.integer(MISSING) if values is None else self.integers(PRESENT, *values)

    def text(self, value: str) -> Self:
        """Add a text."""
        data = value.encode()
        self._parts.append(len(data).to_bytes(4, "little") + data)
        return self

    def array(self, values: Int64s, *, ascending: bool = False) -> Self:
        """Add a 1-D array of int64; `ascending` writes steps, which compress better."""
        steps = np.diff(values, prepend=values.dtype.type(0)) if ascending else values
        data = zlib.compress(np.ascontiguousarray(steps, "<i8").tobytes(), 1)
        self._parts.append(values.size.to_bytes(8, "little") + len(data).to_bytes(8, "little"))
        self._parts.append(data)
        return self

    def nested(self, data: bytes) -> Self:
        """Add the bytes of another state, their length (8 bytes) first."""
        self._parts.append(len(data).to_bytes(8, "little") + data)
        return self

    def data(self) -> bytes:
        """Return all bytes so far."""
        return b"".join(self._parts)


class Reader:
    """Reads what a `Writer` wrote, in the same order; `what` names the state in errors."""

    def __init__(self, data: bytes, version: int, what: str) -> None:
        self._data, self._at, self._what = data, 0, what
        found = self._take(1)[0]
        if found != version:
            raise CorruptError(f"{what}: byte format {found} is unknown, only {version} is read")

    def integer(self) -> int:
        """Return the next integer."""
        return int.from_bytes(self._take(self._take(1)[0]), "little", signed=True)

    def integers(self, count: int) -> tuple[int, ...]:
        """Return the next `count` integers."""
        return tuple(self.integer() for _ in range(count))

    def optional(self, count: int) -> tuple[int, ...] | None:
        """Return the next `count` integers, or None where none were written."""
        if (mark := self.integer()) not in (MISSING, PRESENT):
            raise CorruptError(f"{self._what}: mark {mark} is unknown; compute it again")
        return self.integers(count) if mark == PRESENT else None

    def text(self) -> str:
        """Return the next text."""
        try:
            return self._take(int.from_bytes(self._take(4), "little")).decode()
        except UnicodeDecodeError as error:
            raise CorruptError(f"{self._what}: a text is not UTF-8; compute it again") from error

    def array(self, *, ascending: bool = False) -> Int64s:
        """Return the next array."""
        size = 8 * int.from_bytes(self._take(8), "little")
        data = self._inflate(self._take(int.from_bytes(self._take(8), "little")), size)
        values = np.frombuffer(data, "<i8").astype(np.int64, copy=False)
        return np.cumsum(values, dtype=np.int64) if ascending else values

    def nested(self) -> bytes:
        """Return the bytes of the next state inside this one."""
        return self._take(int.from_bytes(self._take(8), "little"))

    def end(self) -> None:
        """Raise `CorruptError` when bytes are left."""
        if left := len(self._data) - self._at:
            raise CorruptError(f"{self._what}: {left} bytes too many; compute it again")

    def _take(self, size: int) -> bytes:
        data = self._data[self._at : self._at + size]
        if len(data) < size:
            raise CorruptError(
                f"{self._what}: cut short at byte {len(self._data)}; compute it again"
            )
        self._at += size
        return data

    def _inflate(self, data: bytes, size: int) -> bytes:
        stream = zlib.decompressobj()
        try:
            # One byte more than expected is enough to see that the length is wrong.
            plain = stream.decompress(data, min(size + 1, 1 << 62))
        except zlib.error as error:
            raise CorruptError(f"{self._what}: an array is broken ({error})") from error
        if len(plain) != size or not stream.eof or stream.unused_data:
            raise CorruptError(f"{self._what}: an array has not the length it states")
        return plain
