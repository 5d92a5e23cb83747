"""Compiled: whether each row explains the best prices after it, all eight columns in one pass."""

import numpy as np
from numba import boolean, int8, int64, types, uint8

from karat.compiled import njit

COLUMNS, BLOCK = 8, 1024
LEAST = np.int64(-(2**63))
SNAPSHOT, DELTA = 1, 2
WHOLE, FLAG = (types.Array(kind, 1, "C", readonly=True) for kind in (int64, boolean))
VALUES, VALID = types.UniTuple(WHOLE, COLUMNS - 2), types.UniTuple(FLAG, COLUMNS)
CODES = [types.Array(kind, 1, "C", readonly=True) for kind in (int8, int64)]


@njit(cache=True, nogil=True, inline="always")
def _copied(values, valid, begin, into):
    """Copy rows from `begin` on, `LEAST` where there is no value; no flags say all have one."""
    if valid.size:
        for i in range(into.size):
            into[i] = np.int64(values[begin + i]) if valid[begin + i] else LEAST
    else:
        for i in range(into.size):
            into[i] = np.int64(values[begin + i])
    return into


@njit(int64(FLAG), cache=True, nogil=True)
def _lacking(flags):
    """Return whether a flag is not set; 0 for no flags."""
    lacking = np.uint8(0)
    for i in range(flags.size):
        lacking |= np.uint8(not flags[i])
    return np.int64(lacking)


@njit(cache=True, nogil=True, inline="always")
def _part(values, valid, begin, room):
    """Return rows from `begin` on: as they lie, or where some have no value copied to `room`."""
    part = values[begin : begin + room.size]
    lacking = valid.size and _lacking(valid[begin : begin + room.size])
    return _copied(values, valid, begin, room) if lacking else part


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


@njit(types.void(*[WHOLE] * COLUMNS, uint8[::1]), cache=True, nogil=True)
def _judge(kind, side, price, size, bid, bid_lots, ask, ask_lots, bad):
    """Say of each row but the first whether nothing explains it, by the row before."""
    for i in range(1, bad.size + 1):
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


@njit(
    [types.UniTuple(int64, 2)(code, code, VALUES, VALID) for code in CODES], cache=True, nogil=True
)
def unexplained(kind, side, values, valid):
    """Return how many rows nothing explains, and the first of them (-1 for none).

    `values` are price, size, bid, its lots, ask and its lots; the first row is not looked at.
    """
    room, bad = np.empty((COLUMNS, BLOCK + 1), np.int64), np.empty(BLOCK, np.uint8)
    total, first = 0, -1
    for begin in range(0, kind.size - 1, BLOCK):
        rows = min(BLOCK, kind.size - 1 - begin) + 1
        # One by one: an index of a tuple that is not known beforehand costs as much as 300 rows.
        _judge(
            _copied(kind, valid[0], begin, room[0, :rows]),
            _copied(side, valid[1], begin, room[1, :rows]),
            _part(values[0], valid[2], begin, room[2, :rows]),
            _part(values[1], valid[3], begin, room[3, :rows]),
            _part(values[2], valid[4], begin, room[4, :rows]),
            _part(values[3], valid[5], begin, room[5, :rows]),
            _part(values[4], valid[6], begin, room[6, :rows]),
            _part(values[5], valid[7], begin, room[7, :rows]),
            bad[: rows - 1],
        )
        found = 0
        for i in range(rows - 1):
            found += bad[i]
        if found and first < 0:
            first = begin + 1 + int(np.argmax(bad[: rows - 1]))
        total += found
    return total, first
