"""Compiled: where a column changes, and what to."""

import numpy as np
from numba import int64, njit, types, uint64

READ = types.Array(int64, 1, "C", readonly=True)
WORD = 64
ONE = np.uint64(1)


@njit(uint64(READ, uint64[::1], int64[::1]), cache=True, nogil=True)
def changes(values, marks, kept):
    """Set the bit of each row that differs from the row before, and keep its value.

    Before the first row comes 0. Rows of a word go from its lowest bit up; returned is how many
    values were kept.
    """
    used, before = np.uint64(0), np.int64(0)
    for word in range(marks.size):
        begin = word * WORD
        block, bits = values[begin : begin + WORD], np.uint64(0)
        for i in range(block.size):
            differs = np.uint64(block[i] != before)
            kept[used] = before = block[i]
            used += differs
            bits |= differs << np.uint64(i)
        marks[word] = bits
    return used
