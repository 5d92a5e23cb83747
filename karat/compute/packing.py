"""A column of 64-bit values in few bytes, for its name: market data mostly repeats the row before.

SHA-256 takes as long for eight bytes as decoding does. Equal values give equal bytes, and no two
columns of as many rows the same: what is hashed can be unpacked again.

Rows come in stretches of 131,072, each of 128 blocks of 1,024, the last ones shorter. A row's step
is its value less that of the row before, from 0 for the first, modulo 2^64; as an unsigned number
it is 0, 1, 2, 3, ... for 0, -1, 1, -2, ... Rows without value count as 0. A stretch is 128 bytes,
one a block, and then the blocks, each of whole words of 8 bytes, little-endian, cleared at the end:

* byte 0: all steps are 0, and there is no more of the block;
* byte w: all steps in w bytes, 1 to 8, as few as hold the largest of the block;
* byte 16 + w, where at most three of four steps are not 0: a bit a row that says whether its step
  is not 0, rows going from the lowest bit of a word up, then those steps in w bytes.

Steps in w bytes are the binary digits of w: first the lower 8 bytes of all steps if 8 is one, then
the lower 4 if 4 is one, the next 2, the next 1; each of them whole words again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from karat.states.kernels import pays

Int64s = NDArray[np.int64]
UInt64s = NDArray[np.uint64]
Bits = NDArray[np.uint8]
ROWS, BLOCKS, WORD, SPARSE = 1024, 128, 64, 16
STRETCH = ROWS * BLOCKS
ROOM = BLOCKS // 8 + BLOCKS * (ROWS + ROWS // WORD)
"""Words of the longest stretch: its heads, and marks and steps of 8 bytes of each block."""
ALL = np.empty(0, np.uint8)


def packed(values: Int64s, valid: Bits = ALL) -> Iterator[memoryview]:
    """Yield the bytes of each stretch; look at one before the next, which may take its place.

    `valid` has a bit a row that says whether it has a value, the first row's the lowest of the
    first byte; none where all have. No rows give no stretch.

    >>> (stretch,) = packed(np.array([7, 7, 300, 300]))
    >>> bytes(stretch[:1]).hex(), bytes(stretch[128:]).hex()
    ('12', '05000000000000000e004a0200000000')
    """
    little = sys.byteorder == "little"
    return _compiled(values, valid) if little and pays(values.size) else _plain(values, valid)


def _compiled(values: Int64s, valid: Bits) -> Iterator[memoryview]:
    from karat.states.kernels import changes_kernel

    column, room = np.ascontiguousarray(values), np.empty(ROOM, np.uint64)
    for begin in range(0, column.size, STRETCH):
        used = changes_kernel.pack(column, valid, begin, room)
        yield room[:used].view(np.uint8).data


def _plain(values: Int64s, valid: Bits) -> Iterator[memoryview]:
    if valid.size:
        there = np.unpackbits(valid, count=values.size, bitorder="little")
        values = np.where(there.view(bool), values, 0)
    steps = values.view(np.uint64).copy()
    steps[1:] -= steps[:-1].copy()
    signs = steps.view(np.int64) >> np.int64(63)
    numbers = steps << np.uint64(1) ^ signs.view(np.uint64)
    for begin in range(0, numbers.size, STRETCH):
        stretch = numbers[begin : begin + STRETCH]
        blocks = [_block(stretch[at : at + ROWS]) for at in range(0, stretch.size, ROWS)]
        heads = bytes(head for head, _ in blocks).ljust(BLOCKS, b"\0")
        yield memoryview(heads + b"".join(data for _, data in blocks))


def _block(steps: UInt64s) -> tuple[int, bytes]:
    """Return what is said of a block, and its bytes."""
    width = -(-int(np.bitwise_or.reduce(steps)).bit_length() // 8)
    marks = steps != 0
    changed = int(np.count_nonzero(marks))
    if not changed:
        return 0, b""
    if 4 * changed > 3 * steps.size:
        return width, _written(steps, width)
    told = np.packbits(marks, bitorder="little").tobytes()
    return SPARSE | width, _whole(told) + _written(steps[marks], width)


def _written(steps: UInt64s, width: int) -> bytes:
    parts, shift = [], 0
    for size in (8, 4, 2, 1):
        if width & size:
            parts.append(_whole((steps >> np.uint64(shift)).astype(f"<u{size}").tobytes()))
            shift += 8 * size
    return b"".join(parts)


def _whole(data: bytes) -> bytes:
    """Return the bytes with zeros after them up to the next whole word."""
    return data.ljust(-(-len(data) // 8) * 8, b"\0")
