"""Compiled: rows counted by stretch of the clock and by cell, one pass over times and values."""

import numpy as np
from numba import float64, int64, njit, types

TIMES = types.Array(int64, 1, "C", readonly=True)
FLOATS = types.Array(float64, 1, "C", readonly=True)


@njit(
    [
        types.void(values, TIMES, values, int64, int64, int64[:, ::1])
        for values in (TIMES, FLOATS)
    ],
    cache=True,
    nogil=True,
)  # fmt: skip
def count(points, times, values, width, first, counts):
    """Add each row to `counts`, of shape (stretches from `first` on, cells); at least one point.

    Times are mostly in order, so a stretch is looked for only where the last one ends.
    """
    stretch = first
    begin = first * width
    for i in range(times.size):
        # Unsigned, a time before the stretch is a late one too, and no difference overflows.
        if np.uint64(times[i] - begin) >= np.uint64(width):
            stretch = times[i] // width
            begin = stretch * width
        value, base, size = values[i], 0, points.size
        while size > 1:
            half = size >> 1
            base += half if points[base + half - 1] < value else 0
            size -= half
        at = base + (points[base] < value)
        hit = at < points.size and points[at] == value
        counts[stretch - first, 2 * at + hit] += 1
