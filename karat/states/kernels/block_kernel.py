"""Compiled: rows in blocks of time, and how many of each block are in each cell."""

import numpy as np
from numba import int64, njit, types

TURNS, MANY = 4, 16
READ = types.Array(int64, 1, "C", readonly=True)


@njit(int64(READ, int64, int64[::1], int64[::1]), cache=True, nogil=True)
def blocks(clock, width, starts, buckets):
    """Write where each stretch of rows of one bucket of the clock starts, and its bucket.

    Return how many there are. A division takes as long as ten comparisons, and most rows are in the
    bucket of the row before.
    """
    used, begin, span = 0, np.int64(0), np.uint64(width)
    for i in range(clock.size):
        time = clock[i]
        # Of one sign, so that what is between the two fits.
        if used and (time ^ begin) >= 0 and np.uint64(time) - np.uint64(begin) < span:
            continue
        bucket = time // width
        begin = np.int64(np.uint64(bucket) * span)  # only unsigned integers may wrap
        if not used or bucket != buckets[used - 1]:
            starts[used], buckets[used] = i, bucket
            used += 1
    return used


@njit(types.void(READ, READ, int64[:, ::1]), cache=True, nogil=True)
def count(edges, cells, counts):
    """Add 1 for each row to its block and cell; block b holds rows `edges` b to b + 1."""
    for b in range(counts.shape[0]):
        block = counts[b]
        for i in range(edges[b], edges[b + 1]):
            block[cells[i]] += 1


@njit(types.void(READ, int64, READ, READ, int64[:, ::1]), cache=True, nogil=True)
def spread(cells, least, into, edges, counts):
    """Add 1 for each row to its block and to the cell `into` tells of its own, from `least` on.

    In a block of many rows two neighbours are counted apart: one that comes again at once would
    wait for the one before.
    """
    size = counts.shape[1]
    turns = np.empty((TURNS, size), np.int64)
    for b in range(counts.shape[0]):
        block, begin, end = counts[b], edges[b], edges[b + 1]
        if end - begin < MANY * size:
            for i in range(begin, end):
                block[np.uint64(into[np.uint64(cells[i] - least)])] += 1
            continue
        turns[:] = 0
        for i in range(begin, end):
            cell = np.uint64(into[np.uint64(cells[i] - least)])
            turns[np.uint64(i) & np.uint64(TURNS - 1), cell] += 1
        for turn in range(TURNS):
            for k in range(size):
                block[k] += turns[turn, k]
