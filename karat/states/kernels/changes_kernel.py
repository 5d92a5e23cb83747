"""Compiled: where a column changes, and what to, in as few bytes as hold it."""

import numpy as np
from numba import int64, njit, types, uint8, uint16, uint32, uint64

READ = types.Array(int64, 1, "C", readonly=True)
MARKS = types.Array(uint64, 1, "C", readonly=True)
WORD = 64
ONE, NONE = np.uint64(1), np.uint64(0)
LEAST, MOST = np.int64(-(2**63)), np.int64(2**63 - 1)


@njit(types.UniTuple(int64, 3)(READ, uint64[::1]), cache=True, nogil=True)
def changes(values, marks):
    """Set the bit of each row that differs from the row before, of which 0 comes before the first.

    Rows of a word go from its lowest bit up. Return how many differ, and the least and the largest
    of them; the largest int64 and the least where none does.
    """
    used, low, high, before = 0, MOST, LEAST, np.int64(0)
    for word in range(marks.size):
        block, bits = values[word * WORD : (word + 1) * WORD], NONE
        for i in range(block.size):
            value = block[i]
            differs = value != before
            bits |= np.uint64(differs) << np.uint64(i)
            used += differs
            low = min(low, value if differs else MOST)
            high = max(high, value if differs else LEAST)
            before = value
        marks[word] = bits
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
        for i in range(block.size):
            kept[used] = np.uint64(block[i]) - least  # unsigned integers may wrap
            used += bits >> np.uint64(i) & ONE
