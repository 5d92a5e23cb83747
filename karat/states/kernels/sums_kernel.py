"""Compiled: sums of products of integers below 2^31 in size, in two limbs, exact.

A product is below 2^62 in size; its last 32 bits and the rest are summed apart, and neither sum
reaches 2^63 for fewer than 2^31 rows. What is above 2^62 is a sum of such products with factors.
"""

import numpy as np
from numba import int64, types

from karat.compiled import njit

READ = types.Array(int64, 1, "C", readonly=True)
LIMB, HALF = np.int64(2**32 - 1), np.int64(2**31 - 1)
BLOCK = 4096


@njit(cache=True, nogil=True, inline="always")
def _add(one, two, count, into):
    """Add the first `count` products of two arrays to the two limbs `into`."""
    low, high = np.int64(0), np.int64(0)
    for i in range(count):
        product = one[i] * two[i]
        low += product & LIMB
        high += product >> 32
    into[0] += low
    into[1] += high


@njit(types.void(READ, READ, int64[:, ::1]), cache=True, nogil=True)
def lagged(values, lags, limbs):
    """Add for each lag the products of values so far apart to `limbs`, of shape (lags, 2)."""
    for begin in range(0, values.size, BLOCK):
        for k in range(lags.size):
            count = min(BLOCK, values.size - lags[k] - begin)
            _add(values[begin:], values[begin + lags[k] :], count, limbs[k])


@njit(types.void(READ, READ, int64[::1]), cache=True, nogil=True)
def lagged_small(values, lags, sums):
    """Add for each lag the products of values so far apart to `sums`, which hold them whole."""
    for begin in range(0, values.size, BLOCK):
        for k in range(lags.size):
            early, late, total = values[begin:], values[begin + lags[k] :], np.int64(0)
            for i in range(min(BLOCK, values.size - lags[k] - begin)):
                total += early[i] * late[i]
            sums[k] += total


@njit(types.void(READ, int64[:, ::1]), cache=True, nogil=True)
def powers(values, limbs):
    """Add what sums of powers are made of to `limbs`, of shape (7, 2).

    With x^2 = 2^31 a + b, the rows are sums of x, x^2, x a, x b, a^2, a b and b^2.
    """
    ones, a, b = np.ones(BLOCK, np.int64), np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)
    for begin in range(0, values.size, BLOCK):
        x = values[begin : begin + BLOCK]
        for i in range(x.size):
            a[i], b[i] = (x[i] * x[i]) >> 31, (x[i] * x[i]) & HALF
        _add(x, ones, x.size, limbs[0])
        _add(x, x, x.size, limbs[1])
        _add(x, a, x.size, limbs[2])
        _add(x, b, x.size, limbs[3])
        _add(a, a, x.size, limbs[4])
        _add(a, b, x.size, limbs[5])
        _add(b, b, x.size, limbs[6])
