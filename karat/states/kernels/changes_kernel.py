"""Compiled: where a column changes, and what to, in as few bytes as hold it."""

import numpy as np
from numba import int64, njit, types, uint8, uint16, uint32, uint64

READ = types.Array(int64, 1, "C", readonly=True)
MARKS = types.Array(uint64, 1, "C", readonly=True)
WORD, FEW = 64, 20
"""Rows of a word of marks; up to so many of them are sooner found bit by bit than row by row."""
ONE, NONE = np.uint64(1), np.uint64(0)
LEAST, MOST = np.int64(-(2**63)), np.int64(2**63 - 1)


@njit(cache=True, nogil=True, inline="always")
def _marked(now, before):
    """Return the bit of each of up to 64 rows that differs from the row before."""
    bits = NONE
    for i in range(now.size):
        bits |= np.uint64(now[i] != before[i]) << np.uint64(i)
    return bits


@njit(types.UniTuple(int64, 2)(READ, READ, int64, int64), cache=True, nogil=True)
def _reach(now, before, low, high):
    """Return the least and the largest of the rows that differ, `low` and `high`."""
    for i in range(now.size):
        differs = now[i] != before[i]
        low = min(low, now[i] if differs else MOST)
        high = max(high, now[i] if differs else LEAST)
    return low, high


@njit(cache=True, nogil=True, inline="always")
def _ones(bits):
    """Return how many bits are set (Hacker's Delight, 5-1)."""
    bits -= bits >> ONE & np.uint64(0x5555555555555555)
    twos = np.uint64(0x3333333333333333)
    bits = (bits & twos) + (bits >> np.uint64(2) & twos)
    bits = bits + (bits >> np.uint64(4)) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64(bits * np.uint64(0x0101010101010101) >> np.uint64(56))


@njit(types.UniTuple(int64, 3)(READ, uint64[::1]), cache=True, nogil=True)
def changes(values, marks):
    """Set the bit of each row that differs from the row before, of which 0 comes before the first.

    Rows of a word go from its lowest bit up. Return how many differ, and the least and the largest
    of them; the largest int64 and the least where none does.
    """
    used, low, high = 0, MOST, LEAST
    first = np.zeros(WORD, np.int64)
    for word in range(marks.size):
        begin = word * WORD
        now = values[begin : begin + WORD]
        if word:
            before = values[begin - 1 : begin - 1 + now.size]
        else:
            first[1 : now.size] = now[:-1]
            before = first[: now.size]
        bits = marks[word] = _marked(now, before)
        if bits:
            low, high = _reach(now, before, low, high)
            used += _ones(bits)
    return used, low, high


@njit(
    [types.void(READ, MARKS, uint64, kind[::1]) for kind in (uint8, uint16, uint32, uint64)],
    cache=True,
    nogil=True,
)
def keep(values, marks, least, kept):
    """Write the values of marked rows less `least`; `kept` has room for one more than there are."""
    used = NONE
    for word in range(marks.size):
        bits = marks[word]
        if bits == NONE:
            continue
        block = values[word * WORD : (word + 1) * WORD]
        if _ones(bits) > FEW:
            for i in range(block.size):
                kept[used] = np.uint64(block[i]) - least  # unsigned integers may wrap
                used += bits >> np.uint64(i) & ONE
            continue
        while bits:
            kept[used] = np.uint64(block[_ones((bits & NONE - bits) - ONE)]) - least
            used += ONE
            bits &= bits - ONE
