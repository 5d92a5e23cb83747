"""Compiled: how far two step functions are apart, and sparse counts put together."""

import numpy as np
from numba import int64, njit, types

READ = types.Array(int64, 1, "C", readonly=True)


@njit(types.UniTuple(int64, 2)(READ, READ, READ, int64, int64), cache=True, nogil=True)
def farthest(cumulative, cells, counts, golden_rows, rows):
    """Return the largest difference at ends of cells, and what may lie inside one, times both rows.

    `cumulative` are golden rows up to each cell; `cells` ascend and hold `counts` rows of `rows`.
    Inside an open cell with golden rows anything between its ends may be met.
    """
    low, reach, ends = np.int64(0), np.int64(0), np.int64(0)
    for i in range(cells.size):
        cell = cells[i]
        golden_end = cumulative[cell] * rows
        golden_start = cumulative[cell - 1] * rows if cell > 0 else 0
        start = ends
        ends = start + counts[i] * golden_rows
        low = max(low, abs(golden_end - ends), abs(golden_start - start))
        if cell % 2 == 0 and golden_end > golden_start:
            reach = max(reach, golden_end - start, ends - golden_start)
    return low, max(low, reach)


@njit(int64(*[READ] * 4, int64, int64[::1], int64[::1]), cache=True, nogil=True)
def merged(a, a_counts, b, b_counts, sign, cells, counts):
    """Write the cells of `a` and `b`, ascending, and ``a_counts + sign * b_counts`` that are not 0.

    Return how many were written.
    """
    i, j, used = 0, 0, 0
    while i < a.size or j < b.size:
        of_a = j == b.size or (i < a.size and a[i] <= b[j])
        of_b = i == a.size or (j < b.size and b[j] <= a[i])
        cells[used] = a[i] if of_a else b[j]
        counts[used] = (a_counts[i] if of_a else 0) + (sign * b_counts[j] if of_b else 0)
        used += counts[used] != 0
        i, j = i + of_a, j + of_b
    return used
