"""All an exchange is: the book, its scalars, and what it publishes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Int64s = NDArray[np.int64]
DEPTH, TRADE, SNAPSHOT, QUOTE = range(4)


class Exchange(NamedTuple):
    """The arrays the kernel works on: ticks, lots and ns since midnight, all int64.

    `book` (8, ring), two rows each by side: lots by tick, the lots when the snapshot was taken,
    the serial of the delta that last named the slot, the ticks the open delta names.
    `now` holds the scalars; the kernel names them.
    `journal` (rows, 8), in the order of publishing: kind, exchange time, receive time and
    for a depth delta    last change's time, first id, last id, end of its bids, end of its asks
    for a trade          id, ticks, lots, buyer is maker
    for a quote          last id, bid ticks, bid lots, ask ticks, ask lots
    for a snapshot       nothing more.
    `changes` (2, rows, 2): by side, the ticks and new lots the deltas name.
    Few arrays: a compiled call counts references to each.
    """

    book: Int64s
    now: Int64s
    journal: Int64s
    changes: Int64s
