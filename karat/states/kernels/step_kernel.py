"""Compiled: how far two step functions are apart, and sparse counts put together."""

import numpy as np
from numba import int64, types, uint32

from karat.compiled import njit

READ = types.Array(int64, 1, "C", readonly=True)


@njit(
    [
        types.UniTuple(int64, 2)(types.Array(kind, 1, "C", readonly=True), READ, READ, int64, int64)
        for kind in (int64, uint32)
    ],
    cache=True,
    nogil=True,
)
def farthest(cumulative, cells, counts, golden_rows, rows):
    """Return the largest difference at ends of cells, and what may lie inside one, times both rows.

    `cumulative` are golden rows up to each cell; `cells` ascend and hold `counts` rows of `rows`.
    Inside an open cell with golden rows anything between its ends may be met.
    """
    low, reach, ends = np.int64(0), np.int64(0), np.int64(0)
    for i in range(cells.size):
        cell = cells[i]
        golden_end = np.int64(cumulative[cell]) * rows
        golden_start = np.int64(cumulative[cell - 1]) * rows if cell > 0 else 0
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
    i, j, used = np.uint64(0), np.uint64(0), np.uint64(0)
    one, of_a, of_b = np.uint64(1), np.uint64(a.size), np.uint64(b.size)
    # Without a branch: which of two lists comes next cannot be guessed.
    while i < of_a and j < of_b:
        x, y = a[i], b[j]
        cells[used] = min(x, y)
        counts[used] = (x <= y) * a_counts[i] + (y <= x) * sign * b_counts[j]
        used += np.uint64(counts[used] != 0)
        i, j = i + np.uint64(x <= y), j + np.uint64(y <= x)
    while i < of_a:
        cells[used], counts[used] = a[i], a_counts[i]
        used, i = used + one, i + one
    while j < of_b:
        cells[used], counts[used] = b[j], sign * b_counts[j]
        used, j = used + one, j + one
    return used
