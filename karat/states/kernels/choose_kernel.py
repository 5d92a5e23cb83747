"""Compiled: which rows meet conditions, all choices of rows in one pass over the columns.

Rows go in blocks that stay in cache: each condition is looked at once a block, however many
choices it stands in.
"""

import numpy as np
from numba import int8, int64, types, uint8

from karat.compiled import njit

NARROW, WIDE, FLAGS, BLOCK = 4, 8, 8, 4096
SMALL, LARGE, BYTES = (types.Array(kind, 1, "C", readonly=True) for kind in (int8, int64, uint8))
KINDS = (SMALL, int8), (LARGE, int64)
NARROWS, WIDES = types.UniTuple(SMALL, NARROW), types.UniTuple(LARGE, WIDE)
FLAG = types.UniTuple(BYTES, FLAGS)
TABLE = types.Array(int64, 2, "C", readonly=True)
OP, COLUMN, VALUE, OTHER, INTO, ALSO, FIRST_FLAG, SECOND_FLAG = range(8)
EQUAL, ABOVE, BELOW, SAME, HAS, HAS_NOT = range(6)
NONE = -1


@njit(
    [types.void(kind, kind, int64, own, uint8[::1]) for kind, own in KINDS], cache=True, nogil=True
)
def _look(values, other, op, value, met):
    """Write whether each of `values` meets a condition."""
    if op == EQUAL:
        for i in range(met.size):
            met[i] = values[i] == value
    elif op == ABOVE:
        for i in range(met.size):
            met[i] = values[i] > value
    elif op == BELOW:
        for i in range(met.size):
            met[i] = values[i] < value
    elif op == SAME:
        for i in range(met.size):
            met[i] = values[i] == other[i]
    elif op == HAS:
        for i in range(met.size):
            met[i] = (values[i] & value) != 0
    else:
        for i in range(met.size):
            met[i] = (values[i] & value) == 0


@njit(types.void(BYTES, uint8[::1]), cache=True, nogil=True)
def _and(flags, met):
    for i in range(met.size):
        met[i] &= flags[i]


@njit(types.void(BYTES, uint8[::1]), cache=True, nogil=True)
def _copy(flags, met):
    for i in range(met.size):
        met[i] = flags[i]


@njit(types.void(BYTES, uint8[::1]), cache=True, nogil=True)
def _or(flags, met):
    for i in range(met.size):
        met[i] |= flags[i]


@njit(int64(BYTES), cache=True, nogil=True)
def _count(flags):
    found = np.int64(0)
    for i in range(flags.size):
        found += flags[i]
    return found


@njit(types.void(NARROWS, WIDES, FLAG, TABLE, int64, int64, uint8[:, ::1]), cache=True, nogil=True)
def _met(narrow, wide, flags, tests, begin, end, met):
    """Write whether rows meet each condition; one that is of several values takes several tests."""
    room = np.empty(BLOCK, np.uint8)
    for test in tests:
        own, column, op, other = room[: end - begin], test[COLUMN], test[OP], test[OTHER]
        if column < NARROW:
            values = narrow[column][begin:end]
            beside = narrow[other][begin:end]
            _look(values, beside, op, np.int8(test[VALUE]), own)
        else:
            values = wide[column - NARROW][begin:end]
            beside = wide[other - NARROW][begin:end]
            _look(values, beside, op, test[VALUE], own)
        for flag in test[FIRST_FLAG : SECOND_FLAG + 1]:
            if flag != NONE:
                _and(flags[flag][begin:end], own)
        found = met[test[INTO], : own.size]
        if test[ALSO]:
            _or(own, found)
        else:
            _copy(own, found)


@njit(
    types.void(NARROWS, WIDES, FLAG, TABLE, TABLE, uint8[:, ::1], int64[::1]),
    cache=True,
    nogil=True,
)
def choose(narrow, wide, flags, tests, choices, masks, counts):
    """Write for each choice whether each row meets all its conditions, and how many rows do.

    A test is an operator, the columns it looks at (wide ones are numbered after all narrow ones)
    and a value, the condition it tells of, whether another test told of it before, and the flags a
    row must have. A choice is its conditions. -1 stands for none.
    """
    met = np.empty((tests.shape[0], BLOCK), np.uint8)
    counts[:] = 0
    for begin in range(0, masks.shape[1], BLOCK):
        end = min(begin + BLOCK, masks.shape[1])
        _met(narrow, wide, flags, tests, begin, end, met)
        for c in range(choices.shape[0]):
            mask = masks[c, begin:end]
            _copy(met[choices[c, 0], : mask.size], mask)
            for condition in choices[c, 1:]:
                if condition != NONE:
                    _and(met[condition, : mask.size], mask)
            counts[c] += _count(mask)
