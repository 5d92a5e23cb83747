"""Compiled: which rows break rules, all rules in one pass over the columns they share.

Rows go in pieces that stay in cache: each rule looks at a piece before the next one is fetched.
"""

import numpy as np
from numba import boolean, int64, types, uint8

from karat.compiled import njit
from karat.states.kernels.rule_room import COLUMNS, FLAGS

PIECE, BLOCK = 1 << 14, 1024
WHOLE = types.Array(int64, 1, "C", readonly=True)
FLAG = types.Array(boolean, 1, "C", readonly=True)
BYTES = types.Array(uint8, 1, "C", readonly=True)
TABLE = types.Array(int64, 2, "C", readonly=True)
VALUES, CHOSEN = types.UniTuple(WHOLE, COLUMNS), types.UniTuple(FLAG, FLAGS)
LEFT, RIGHT, EQUAL, HOLDS, FIRST_FLAG = range(5)
CHECKED, BROKEN, FIRST = range(3)
EVEN = np.uint64(0x00FF00FF00FF00FF)
ALL = np.uint64(0x0001000100010001)


@njit(cache=True, nogil=True, inline="always")
def _count(flags, size):
    """Return how many of the first `size` bytes of a block are 1; those beyond are made 0."""
    for i in range(size, BLOCK):
        flags[i] = np.uint8(0)
    words, lanes = flags.view(np.uint64), np.uint64(0)
    for i in range(words.size):
        lanes += words[i]  # a lane of a byte holds 255, and there are BLOCK / 8 words
    pairs = (lanes & EVEN) + (lanes >> np.uint64(8) & EVEN)
    return np.int64(pairs * ALL >> np.uint64(48))


@njit(cache=True, nogil=True, inline="always")
def _choose(one, two, three, checked):
    """Write which rows have all flags; an empty array is a flag that every row has."""
    for i in range(checked.size):
        checked[i] = np.uint8(1)
    for flags in (one, two, three):
        if flags.size:
            for i in range(checked.size):
                checked[i] &= np.uint8(flags[i])


@njit(int64(WHOLE, WHOLE, int64, boolean, BYTES), cache=True, nogil=True)
def _broken(left, right, equal, holds, checked):
    """Return how many of the rows looked at break a rule: one that must hold or must not.

    Summed as wide as the values are: to narrow what comparing gives takes as long as comparing.
    """
    broken = np.int64(0)
    if equal:
        for i in range(left.size):
            broken += np.int64(checked[i]) & np.int64((left[i] == right[i]) ^ holds)
    else:
        for i in range(left.size):
            broken += np.int64(checked[i]) & np.int64((left[i] < right[i]) ^ holds)
    return broken


@njit(cache=True, nogil=True)
def _first(left, right, equal, holds, checked):
    """Return the first of the rows looked at that breaks a rule; there must be one."""
    for row in range(left.size):
        met = left[row] == right[row] if equal else left[row] < right[row]
        if checked[row] and met != holds:
            return row
    return -1


@njit(
    types.void(WHOLE, WHOLE, FLAG, FLAG, FLAG, WHOLE, int64, int64[::1]),
    cache=True,
    nogil=True,
)
def _piece(left, right, one, two, three, rule, begin, found):
    """Add what one rule finds in a piece of rows that begins at `begin`."""
    checked, equal, holds = np.empty(BLOCK, np.uint8), rule[EQUAL], rule[HOLDS] != 0
    for at in range(0, left.size, BLOCK):
        end = min(at + BLOCK, left.size)
        size = end - at
        _choose(one[at:end], two[at:end], three[at:end], checked[:size])
        found[CHECKED] += _count(checked, size)
        rows = left[at:end], right[at:end], equal, holds, checked[:size]
        broken = _broken(*rows)
        if broken and found[FIRST] < 0:
            found[FIRST] = begin + at + _first(*rows)
        found[BROKEN] += broken


@njit(types.void(VALUES, CHOSEN, TABLE, TABLE, int64[:, ::1]), cache=True, nogil=True)
def look(columns, flags, constants, rules, found):
    """Fill in for each rule the rows it looks at, those that break it and the first (-1: none).

    A rule is the columns at its left and right (-1 for its row of `constants`, of one piece),
    whether they are to be equal or else the left one less, whether that must hold or must not, and
    the flags a row must have; the last of `flags` is empty.
    """
    found[:] = 0
    found[:, FIRST] = -1
    for begin in range(0, columns[0].size, PIECE):
        end = min(begin + PIECE, columns[0].size)
        for r in range(rules.shape[0]):
            rule = rules[r]
            left, right = constants[r, : end - begin], constants[r, : end - begin]
            if rule[LEFT] >= 0:
                left = columns[rule[LEFT]][begin:end]
            if rule[RIGHT] >= 0:
                right = columns[rule[RIGHT]][begin:end]
            one = flags[rule[FIRST_FLAG]][begin:end]
            two = flags[rule[FIRST_FLAG + 1]][begin:end]
            three = flags[rule[FIRST_FLAG + 2]][begin:end]
            _piece(left, right, one, two, three, rule, begin, found[r])
