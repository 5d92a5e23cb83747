"""Compiled: rows of which a flag is True, as 64-bit integers: their values, and their numbers.

Flags are looked at 64 at a time: mostly none or all of them are set.
"""

import numpy as np
from numba import boolean, int8, int16, int32, int64, types

from karat.compiled import njit

WORD = 64
FLAGS = types.Array(boolean, 1, "C", readonly=True)
INDEX = types.Array(int64, 1, "C", readonly=True)
KINDS = [types.Array(kind, 1, "C", readonly=True) for kind in (int8, int16, int32, int64)]


@njit(cache=True, nogil=True, inline="always")
def _set(flags):
    """Return how many of up to 64 flags are set."""
    found = np.uint8(0)
    for i in range(flags.size):
        found += np.uint8(flags[i])
    return np.int64(found)


@njit([int64(kind, FLAGS, int64[::1]) for kind in KINDS], cache=True, nogil=True)
def pick(values, flags, out):
    """Write the values of flagged rows; `out` has room for one more than there are."""
    used = np.uint64(0)
    for begin in range(0, values.size, WORD):
        own, some = values[begin : begin + WORD], flags[begin : begin + WORD]
        count = _set(some)
        if count == own.size:
            for i in range(own.size):
                out[used + np.uint64(i)] = own[i]
            used += np.uint64(count)
        elif count:
            for i in range(own.size):
                out[used] = own[i]
                used += np.uint64(some[i])
    return np.int64(used)


@njit(int64(FLAGS, int64[::1]), cache=True, nogil=True)
def number(flags, out):
    """Write the numbers of flagged rows; `out` has room for one more than there are."""
    used = np.uint64(0)
    for begin in range(0, flags.size, WORD):
        some = flags[begin : begin + WORD]
        if _set(some):
            for i in range(some.size):
                out[used] = begin + i
                used += np.uint64(some[i])
    return np.int64(used)


@njit([types.void(kind, INDEX, int64[::1]) for kind in KINDS], cache=True, nogil=True)
def gather(values, index, out):
    """Write the value of each row of `index`, which must be there."""
    for i in range(index.size):
        out[i] = values[np.uint64(index[i])]
