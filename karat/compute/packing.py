"""A column of 64-bit values in few bytes, for its name: market data mostly repeats the row before.

SHA-256 takes as long for eight bytes as decoding does. Equal values give equal bytes, and no two
columns of as many rows the same: what is hashed can be unpacked again.
"""

from __future__ import annotations

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
    >>> least, width, list(values)
    (7, 2, [0, 0, 37, 1])
    """
    marks, kept = _compiled(values) if pays(values.size) else _changes(values)
    least = int(kept.min()) if kept.size else 0
    span = int(kept.max()) - least if kept.size else 0
    width = next(width for width in WIDTHS if span < 256**width)
    # Unsigned, so that a span int64 cannot hold wraps to what it is.
    apart = kept.view(np.uint64) - np.uint64(least % 2**64)
    return marks.tobytes(), least, width, apart.astype(f"<u{width}").tobytes()


def _changes(values: Int64s) -> tuple[NDArray[np.uint8], Int64s]:
    differs = values != np.concatenate((np.zeros(1, np.int64), values[:-1]))[: values.size]
    marks = np.packbits(differs, bitorder="little")
    room = np.zeros(-(-values.size // 64) * 8, np.uint8)
    room[: marks.size] = marks
    return room, values[differs]


def _compiled(values: Int64s) -> tuple[NDArray[np.uint8], Int64s]:
    from karat.states.kernels.changes_kernel import changes

    marks = np.empty(-(-values.size // 64), np.uint64)
    kept = np.empty(values.size + 1, np.int64)  # one row more: each is written, then kept or not
    used = int(changes(np.ascontiguousarray(values), marks, kept))
    return marks.astype("<u8", copy=False).view(np.uint8), kept[:used]
