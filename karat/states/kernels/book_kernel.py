"""Compiled: whether each row explains the best prices after it, all eight columns in one pass."""

import numpy as np
from numba import boolean, int64, njit, types

COLUMNS, BLOCK = 8, 512
LEAST = np.int64(-(2**63))
SNAPSHOT, DELTA = 1, 2
VALUES = types.UniTuple(types.Array(int64, 1, "C", readonly=True), COLUMNS)
VALID = types.UniTuple(types.Array(boolean, 1, "C", readonly=True), COLUMNS)


@njit(cache=True, nogil=True, inline="always")
def _copy(values, valid, begin, into):
    """Copy rows from `begin` on, `LEAST` where there is no value; no flags say all have one."""
    if valid.size:
        for i in range(into.size):
            into[i] = values[begin + i] if valid[begin + i] else LEAST
    else:
        for i in range(into.size):
            into[i] = values[begin + i]


@njit(cache=True, nogil=True, inline="always")
def _follows(mine, price, size, old, old_lots, new, new_lots):
    """Return whether a side's best follows; prices of asks are turned round."""
    best_set = mine & (size > 0) & (price >= old)
    best_gone = mine & (size == 0) & (price == old)
    taken = (new == price) & (new_lots == size)
    kept = (new == old) & (new_lots == old_lots)
    return (best_set & taken) | (best_gone & (new < old)) | (~best_set & ~best_gone & kept)


@njit(cache=True, nogil=True, inline="always")
def _turned(price):
    """Return the price below 0 as far as it is above; the least int64, no price, as it is."""
    return np.int64(np.uint64(0) - np.uint64(price))  # only unsigned integers may wrap


@njit(cache=True, nogil=True, inline="always")
def _judge(rows, count, bad):
    """Say of rows 1 to `count` whether nothing explains them, by the row before."""
    kind, side, price, size, bid, bid_lots, ask, ask_lots = (
        rows[0], rows[1], rows[2], rows[3], rows[4], rows[5], rows[6], rows[7]
    )  # fmt: skip
    for i in range(1, count + 1):
        delta = kind[i] == DELTA
        bids = _follows(
            delta & (side[i] == 1), price[i], size[i],
            bid[i - 1], bid_lots[i - 1], bid[i], bid_lots[i],
        )  # fmt: skip
        asks = _follows(
            delta & (side[i] == -1), _turned(price[i]), size[i],
            _turned(ask[i - 1]), ask_lots[i - 1], _turned(ask[i]), ask_lots[i],
        )  # fmt: skip
        replaced = (kind[i] == 0) | (kind[i] == SNAPSHOT)
        bad[i - 1] = np.uint8(not (replaced | (bids & asks)))


@njit(types.UniTuple(int64, 2)(VALUES, VALID), cache=True, nogil=True)
def unexplained(values, valid):
    """Return how many rows nothing explains, and the first of them (-1 for none).

    Columns are kind, side, price, size, bid, its lots, ask and its lots; the first row is not
    looked at.
    """
    rows, bad = np.empty((COLUMNS, BLOCK + 1), np.int64), np.empty(BLOCK, np.uint8)
    total, first, size = 0, -1, values[0].size
    for begin in range(0, size - 1, BLOCK):
        count = min(BLOCK, size - 1 - begin)
        for c in range(COLUMNS):
            _copy(values[c], valid[c], begin, rows[c, : count + 1])
        _judge(rows, count, bad)
        found = 0
        for i in range(count):
            found += bad[i]
        if found and first < 0:
            i = 0
            while not bad[i]:
                i += 1
            first = begin + i + 1
        total += found
    return total, first
