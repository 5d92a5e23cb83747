"""A column of 64-bit values in few bytes, for its name: market data mostly repeats the row before.

SHA-256 takes as long for eight bytes as decoding does. Equal values give equal bytes, and no two
columns of as many rows the same: what is hashed can be unpacked again.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat.digest import Part
from karat.states.kernels import pays

Int64s = NDArray[np.int64]
WIDTHS = (1, 2, 4, 8)


def packed(values: Int64s) -> tuple[Part, ...]:
    """Return what names a column of this many values: changes, their least, width and size.

    One bit a row tells whether it differs from the row before, from 0 for the first; rows go from
    the lowest bit of a byte up. Values that do are written less the least of them, in as few of 1,
    2, 4 or 8 bytes as hold the largest, little-endian. No rows give no bits, least 0, width 1 and
    no values.

    >>> marks, least, width, values = packed(np.array([7, 7, 300, 300]))
    >>> least, width, bytes(values).hex()
    (7, 2, '00002501')
    """
    return _compiled(values) if pays(values.size) else _plain(values)


def _plain(values: Int64s) -> tuple[Part, ...]:
    before = np.concatenate((np.zeros(1, np.int64), values[:-1]))[: values.size]
    differs = values != before
    marks, kept = np.zeros(-(-values.size // 64) * 8, np.uint8), values[differs]
    bits = np.packbits(differs, bitorder="little")
    marks[: bits.size] = bits
    least, width = _span(int(kept.min()), int(kept.max())) if kept.size else (0, 1)
    apart = kept.view(np.uint64) - np.uint64(least % 2**64)
    return _bytes(marks), least, width, _bytes(apart.astype(f"<u{width}"))


def _compiled(values: Int64s) -> tuple[Part, ...]:
    from karat.states.kernels import changes_kernel

    column = np.ascontiguousarray(values)
    marks = np.empty(-(-values.size // 64), np.uint64)
    used, low, high = (int(number) for number in changes_kernel.changes(column, marks))
    least, width = _span(low, high) if used else (0, 1)
    kept = np.empty(used + 1, f"u{width}")
    changes_kernel.keep(column, marks, np.uint64(least % 2**64), kept)
    little = (array.astype(array.dtype.newbyteorder("<"), copy=False) for array in (marks, kept))
    return _bytes(next(little)), least, width, _bytes(next(little)[:used])


def _span(low: int, high: int) -> tuple[int, int]:
    """Return the least value, and the bytes that hold any other less this one."""
    return low, next(width for width in WIDTHS if high - low < 256**width)


def _bytes(array: NDArray[Any]) -> memoryview:
    """Return an array's memory as it is: what is hashed need not be copied first."""
    return array.view(np.uint8).data
