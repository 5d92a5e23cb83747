"""Compiled: rows in blocks of time, and how many of each block are in each cell."""

import numpy as np
from numba import int64, types

from karat.compiled import njit

TURNS, MANY, STRIDE = 4, 16, 64
READ, TABLE = (types.Array(int64, shape, "C", readonly=True) for shape in (1, 2))


@njit(cache=True, nogil=True, inline="always")
def _within(clock, begin, span):
    """Return whether all times surely are in the bucket that begins at `begin`.

    Of one sign with it, so that what is between the two fits.
    """
    beyond = np.uint64(0)
    for i in range(clock.size):
        apart = np.uint64(clock[i]) - np.uint64(begin)
        beyond |= np.uint64((clock[i] ^ begin) < 0) | np.uint64(apart >= span)
    return beyond == 0


@njit(int64(READ, int64, int64[::1], int64[::1]), cache=True, nogil=True)
def blocks(clock, width, starts, buckets):
    """Write where each stretch of rows of one bucket of the clock starts, and its bucket.

    Return how many there are. A division takes as long as ten comparisons, and most rows are in the
    bucket of the row before: many are looked at together first.
    """
    used, begin, span = 0, np.int64(0), np.uint64(width)
    for at in range(0, clock.size, STRIDE):
        end = min(at + STRIDE, clock.size)
        if used and _within(clock[at:end], begin, span):
            continue
        for i in range(at, end):
            time = clock[i]
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


@njit(
    types.void(READ, READ, TABLE, int64, int64[:, ::1], int64[:, ::1], int64[::1]),
    cache=True,
    nogil=True,
)
def sums(buckets, edges, counts, times, ends, closed, told):
    """Sum up blocks `times` as wide as those that are given by cell.

    `ends` gets bucket, rows and rows below each cut of the first block and of the last, `closed`
    the sums over those between of c, of c c and of c n (c rows below a cut of n rows), `told` the
    number of blocks, how often one is of an earlier bucket than the one before, and the sums of n
    and of n n of those between.
    """
    cuts, blocks = counts.shape[1] - 1, buckets.size
    told[:], closed[:] = 0, 0
    below, at = np.empty(cuts, np.int64), 0
    while at < blocks:
        bucket, first = buckets[at] // times, at
        below[:] = 0
        while at < blocks and buckets[at] // times == bucket:
            for k in range(cuts):
                below[k] += counts[at, k]
            at += 1
        rows = edges[at] - edges[first]
        for k in range(1, cuts):
            below[k] += below[k - 1]
        told[0] += 1
        told[1] += first > 0 and bucket < buckets[first - 1] // times
        if first == 0 or at == blocks:
            end = ends[0 if first == 0 else 1]
            end[0], end[1], end[2:] = bucket, rows, below
            continue
        told[2] += rows
        told[3] += rows * rows
        for k in range(cuts):
            closed[0, k] += below[k]
            closed[1, k] += below[k] * below[k]
            closed[2, k] += below[k] * rows
