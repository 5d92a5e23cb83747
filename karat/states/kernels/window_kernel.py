"""Compiled: values of windows that numpy makes of many arrays."""

import numpy as np
from numba import int64, types

from karat.compiled import njit

READ = types.Array(int64, 1, "C", readonly=True)
LEAST, MOST, TEN = np.int64(-(2**63)), np.int64(2**63 - 1), np.uint64(10)


@njit(cache=True, nogil=True, inline="always")
def _less(late, early):
    """Return the difference, or the least or largest that int64 can tell."""
    wrapped = np.int64(np.uint64(late) - np.uint64(early))  # only unsigned integers may wrap
    beyond = ((late ^ early) & (late ^ wrapped)) < 0
    return (LEAST if late < 0 else MOST) if beyond else wrapped


@njit(cache=True, nogil=True, inline="always")
def _size(value):
    """Return the absolute value, which the least int64 has as an unsigned integer only."""
    plain = np.uint64(value)
    return np.uint64(0) - plain if value < 0 else plain


@njit(types.void(READ, int64, int64[::1]), cache=True, nogil=True)
def digits(values, power, found):
    """Write the remainder by `power` of each value, its sign apart."""
    if power == np.int64(TEN):  # a divisor known beforehand takes a third of the time
        for i in range(values.size):
            size = _size(values[i])
            found[i] = np.int64(size - size // TEN * TEN)
    else:
        other = np.uint64(power)
        for i in range(values.size):
            size = _size(values[i])
            found[i] = np.int64(size - size // other * other)


@njit(types.void(READ, int64[::1]), cache=True, nogil=True)
def even(values, found):
    """Write whether the two steps within three rows differ by no more than 1, for each three."""
    for i in range(found.size):
        step = _less(values[i + 1], values[i])
        differ = _less(_less(values[i + 2], values[i + 1]), step)
        found[i] = (differ >= -1) & (differ <= 1)


@njit(types.void(READ, int64, int64[::1]), cache=True, nogil=True)
def differences(values, rows, found):
    """Write the difference between values `rows` apart."""
    for i in range(found.size):
        found[i] = _less(values[i + rows], values[i])


@njit(types.void(READ, int64, int64[:, ::1]), cache=True, nogil=True)
def near(values, least, counts):
    """Add 1 for each value at its distance from `least`, to the rows of `counts` in turn.

    They are a power of 2: one that comes again at once need not wait for the one before.
    """
    turns = counts.shape[0] - 1
    for i in range(values.size):
        counts[i & turns, values[i] - least] += 1
