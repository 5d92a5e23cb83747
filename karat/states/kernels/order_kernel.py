"""Compiled: rows that come before their turn, among those of which a flag is True.

Flagged rows of a piece are put side by side in memory that is near, and lie there already where
all are flagged: so the column goes through memory once, and nothing as long as it is made.
"""

import numpy as np
from numba import boolean, int64, types

from karat.compiled import njit

PIECE = 1024
READ = types.Array(int64, 1, "C", readonly=True)
FLAG = types.Array(boolean, 1, "C", readonly=True)
TOLD = 5
COUNT, BACK, FIRST, FIRST_ROW, LAST = range(TOLD)
NEVER = -1


@njit(cache=True, nogil=True, inline="always")
def _back(before, after, rising):
    """Return how many rows come before their turn; `rising`: equal rows do too."""
    back = np.int64(0)
    if rising:
        for i in range(after.size):
            back += np.int64(after[i] <= before[i])
    else:
        for i in range(after.size):
            back += np.int64(after[i] < before[i])
    return back


@njit(cache=True, nogil=True, inline="always")
def _flagged(values, flags, room):
    """Write flagged values from the second place of `room` on; return how many they are."""
    used = np.uint64(1)
    for i in range(values.size):
        room[used] = values[i]
        used += np.uint64(flags[i])
    return np.int64(used) - 1


@njit(cache=True, nogil=True, inline="always")
def _all(flags):
    lacking = np.uint8(0)
    for i in range(flags.size):
        lacking |= np.uint8(not flags[i])
    return lacking == 0


@njit(cache=True, nogil=True)
def _offender(room, skipped, flags, rising):
    """Return the place among `flags` of the first row of `room` that comes before its turn."""
    at = 0
    for i in range(flags.size):
        if flags[i]:
            early = room[at + 1] <= room[at] if rising else room[at + 1] < room[at]
            if early and at >= skipped:
                return i
            at += 1
    return NEVER


@njit(types.void(READ, FLAG, boolean, int64[::1]), cache=True, nogil=True)
def back(values, flags, rising, told):
    """Tell of the flagged rows, each held against the one before.

    `told` gets how many they are, how many of them come before their turn, the first of these, the
    first of all (rows of `values`; -1 for none), and the value of the last.
    """
    told[:] = 0
    told[FIRST] = told[FIRST_ROW] = NEVER
    room = np.empty(PIECE + 2, np.int64)
    for begin in range(0, values.size, PIECE):
        piece, some = values[begin : begin + PIECE], flags[begin : begin + PIECE]
        count = some.size
        if _all(some):
            room[1 : count + 1] = piece
        else:
            count = _flagged(piece, some, room)
        if not count:
            continue
        skipped = 0 if told[COUNT] else 1  # nothing is before the first of all
        if skipped:
            told[FIRST_ROW] = begin + np.argmax(some)
        found = _back(room[skipped:count], room[skipped + 1 : count + 1], rising)
        if found and told[FIRST] < 0:
            told[FIRST] = begin + _offender(room, skipped, some, rising)
        told[BACK] += found
        told[COUNT] += count
        room[0] = told[LAST] = room[count]
