"""Compiled: the cell of each value among ascending points, listed or counted.

Values go in blocks: first the buckets of all of a block, which the processor finds several at a
time, then the searches. Indices are unsigned, and buckets of up to two points are searched without
a branch: random values would be guessed wrong half of the time, which costs more than the search.
"""

import numpy as np
from numba import float64, int64, njit, types, uint32, uint64

SIGN = np.uint64(1 << 63)
LOW = np.int64(2**63 - 1)
ONE, TWO = np.uint64(1), np.uint64(2)
BLOCK = 512


def _read(kind):
    return types.Array(kind, 1, "C", readonly=True)


# Read-only input takes writable arrays too: one compiled version serves both.
TABLE = _read(uint32), uint64, uint64, types.boolean
EACH = [(_read(kind), *TABLE, _read(kind), int64[::1]) for kind in (int64, float64)]


@njit(cache=True, nogil=True, inline="always")
def _buckets(starts, origin, shift, bits, values, floats, found):
    """Write the bucket of each of `values` into `found`; `floats` is room for as many."""
    most = np.uint64(starts.size - 3)
    if bits:
        for i in range(values.size):
            floats[i] = np.float64(values[i]) + 0.0
        signed = floats.view(np.int64)
        for i in range(values.size):
            found[i] = np.uint64(signed[i] ^ (signed[i] >> 63 & LOW)) ^ SIGN
    else:
        for i in range(values.size):
            found[i] = np.uint64(np.int64(values[i])) ^ SIGN
    for i in range(values.size):
        key = found[i]
        above = min((max(key, origin) - origin) >> shift, most)
        found[i] = above + np.uint64(key >= origin)


@njit(cache=True, nogil=True, inline="always")
def _search(points, starts, bucket, x):
    """Return the cell of `x`, which lies in `bucket`."""
    low, high = np.uint64(starts[bucket]), np.uint64(starts[bucket + ONE])
    last = np.uint64(points.size - 1)
    while high - low > TWO:
        middle = (low + high) >> ONE
        if points[middle] < x:
            low = middle + ONE
        else:
            high = middle
    low += np.uint64((low < high) & (points[min(low, last)] < x))
    low += np.uint64((low < high) & (points[min(low, last)] < x))
    return TWO * low + np.uint64((low <= last) & (points[min(low, last)] == x))


@njit([types.void(*each) for each in EACH], cache=True, nogil=True)
def locate(points, starts, origin, shift, bits, values, cells):
    """Write the cell of each value into `cells`."""
    floats, found = np.empty(BLOCK), np.empty(BLOCK, np.uint64)
    for begin in range(0, values.size, BLOCK):
        block, out = values[begin : begin + BLOCK], cells[begin : begin + BLOCK]
        _buckets(starts, origin, shift, bits, block, floats, found)
        for i in range(block.size):
            out[i] = _search(points, starts, found[i], block[i])


@njit([types.void(*each) for each in EACH], cache=True, nogil=True)
def count(points, starts, origin, shift, bits, values, counts):
    """Add 1 to the count of the cell of each value."""
    floats, found = np.empty(BLOCK), np.empty(BLOCK, np.uint64)
    for begin in range(0, values.size, BLOCK):
        block = values[begin : begin + BLOCK]
        _buckets(starts, origin, shift, bits, block, floats, found)
        for i in range(block.size):
            counts[_search(points, starts, found[i], block[i])] += 1


@njit(uint64(int64[::1], int64[::1]), cache=True, nogil=True)
def runs(cells, ends):
    """Keep each of ascending `cells` once, write where it ends into `ends`; return how many.

    Without a branch, for the same reason as above.
    """
    used = np.uint64(0)
    for i in range(cells.size):
        used += np.uint64(cells[i] != cells[used])
        cells[used], ends[used] = cells[i], i + 1
    return used + np.uint64(cells.size > 0)
