"""Compiled: the cell of each value among ascending points, listed or counted.

Values go in blocks: first the buckets of all of a block, which the processor finds several at a
time, then the searches. Indices are unsigned, and among one or two points a value is placed without
a branch: random values would be guessed wrong half of the time, which costs more than the search.
"""

import numpy as np
from numba import float64, int64, types, uint16, uint32, uint64

from karat.compiled import njit
from karat.states.kernels.cell_keys import LARGEST, SIGN

LOW = np.int64(2**63 - 1)
ONE, TWO = np.uint64(1), np.uint64(2)
BLOCK, WIDE = 512, 8192
"""Values of a block; of a wide one where each is a look into a table: waits are fewer."""


def _read(kind):
    return types.Array(kind, 1, "C", readonly=True)


# Read-only input takes writable arrays too: one compiled version serves both.
KINDS = int64, float64
PLACE = uint64, uint64, uint64, types.boolean, float64
EACH = [(_read(kind), _read(uint32), *PLACE, _read(kind)) for kind in KINDS]
FEW = [(_read(kind), _read(uint16), *PLACE, _read(kind)) for kind in KINDS]
DIRECT = _read(uint16), uint64, uint64, types.boolean, float64
SURE = [(*DIRECT, _read(kind), uint32[::1], kind[::1]) for kind in KINDS]
TABLES = [(_read(uint16), _read(uint16), _read(kind)) for kind in KINDS]


@njit(cache=True, nogil=True, inline="always")
def _bucket(key, origin, shift, most):
    """Return the bucket of a value's key, of which `most` is the last."""
    above = min((max(key, origin) - origin) >> shift, most)
    return np.uint32(above + np.uint64(key >= origin))


@njit(cache=True, nogil=True, inline="always")
def _buckets(starts, origin, shift, bits, scale, values, found):
    """Write the bucket of each of `values` into `found`."""
    most = np.uint64(starts.size - 3)
    if bits:
        for i in range(values.size):
            signed = np.float64(np.float64(values[i]) + 0.0).view(np.int64)
            key = np.uint64(signed ^ (signed >> 63 & LOW)) ^ SIGN
            found[i] = _bucket(key, origin, shift, most)
    elif scale:
        for i in range(values.size):
            scaled = min(max(np.float64(values[i]) * scale, -LARGEST), LARGEST)
            found[i] = _bucket(np.uint64(np.int64(scaled)) ^ SIGN, origin, shift, most)
    else:
        for i in range(values.size):
            found[i] = _bucket(np.uint64(np.int64(values[i])) ^ SIGN, origin, shift, most)


@njit(cache=True, nogil=True, inline="always")
def _narrowed(points, starts, bucket, x):
    """Return where `x` is among points: all before are below it, all but the next two above."""
    low, high = np.uint64(starts[bucket]), np.uint64(starts[bucket + ONE])
    while high - low > TWO:
        middle = (low + high) >> ONE
        if points[middle] <= x:
            low = middle
        else:
            high = middle
    return low


@njit(cache=True, nogil=True, inline="always")
def _cell_of_one(points, at, x):
    """Return the cell of `x`, when all points before `at` are below it, all but this one above."""
    at = min(at, np.uint64(points.size) - ONE)
    point = points[at]
    return TWO * at + (np.uint64(point < x) << ONE) + np.uint64(point == x)


@njit(cache=True, nogil=True, inline="always")
def _cell_of_two(points, at, x):
    """Return the cell of `x` likewise, when all but two points from `at` on are above it."""
    at = min(at, np.uint64(points.size) - TWO)
    one, two = points[at], points[at + ONE]
    passed = np.uint64(one < x) + np.uint64(two < x)
    return TWO * at + (passed << ONE) + np.uint64((one == x) | (two == x))


@njit(cache=True, nogil=True, inline="always")
def _cells(points, starts, most, values, found, cells):
    """Write the cell of each value, of which `found` is the bucket; none has over `most` points."""
    if most <= ONE:
        for i in range(values.size):
            cells[i] = _cell_of_one(points, np.uint64(starts[np.uint64(found[i])]), values[i])
    elif most <= TWO:
        for i in range(values.size):
            cells[i] = _cell_of_two(points, np.uint64(starts[np.uint64(found[i])]), values[i])
    else:
        for i in range(values.size):
            at = _narrowed(points, starts, np.uint64(found[i]), values[i])
            cells[i] = _cell_of_two(points, at, values[i])


@njit([types.void(*each, int64[::1]) for each in EACH], cache=True, nogil=True)
def locate(points, starts, origin, shift, most, bits, scale, values, cells):
    """Write the cell of each value into `cells`."""
    found = np.empty(BLOCK, np.uint32)
    for begin in range(0, values.size, BLOCK):
        block, into = values[begin : begin + BLOCK], cells[begin : begin + BLOCK]
        _buckets(starts, origin, shift, bits, scale, block, found)
        _cells(points, starts, most, block, found, into)


@njit([types.void(*each, uint32[::1]) for each in (*EACH, *FEW)], cache=True, nogil=True)
def count(points, starts, origin, shift, most, bits, scale, values, counts):
    """Add 1 to the count of the cell of each value; fewer than 2^32 values."""
    found, cells = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.uint64)
    for begin in range(0, values.size, BLOCK):
        block = values[begin : begin + BLOCK]
        _buckets(starts, origin, shift, bits, scale, block, found)
        _cells(points, starts, most, block, found, cells)
        for i in range(block.size):
            counts[cells[i]] += np.uint32(1)


@njit([uint64(*each) for each in TABLES], cache=True, nogil=True)
def fetch(direct, starts, points):
    """Return a number made of all of these tables, which brings them near.

    After other work they are in no cache. In order they come at once from memory; by values at
    random, each would wait for its own part of them.
    """
    total = np.uint64(0)
    for i in range(direct.size):
        total += np.uint64(direct[i])
    for i in range(starts.size):
        total += np.uint64(starts[i])
    for i in range(points.size):
        total += np.uint64(points[i] <= points[0])
    return total


@njit([uint64(*each) for each in SURE], cache=True, nogil=True)
def count_sure(direct, origin, shift, bits, scale, values, counts, left):
    """Count values by a table of the cells of buckets; return how many it left over, in `left`.

    Those are in buckets that the table gives the last of `counts`, which is none of the cells.
    """
    found = np.empty(WIDE, np.uint32)
    used, none = np.uint64(0), np.uint64(counts.size) - ONE
    for begin in range(0, values.size, WIDE):
        block = values[begin : begin + WIDE]
        _buckets(direct, origin, shift, bits, scale, block, found)
        for i in range(block.size):
            cell = np.uint64(direct[np.uint64(found[i])])
            counts[cell] += np.uint32(1)
            left[used] = block[i]
            used += np.uint64(cell == none)
    return used


@njit([types.void(_read(kind), _read(kind), int64[::1]) for kind in KINDS], cache=True, nogil=True)
def in_order(points, ordered, cells):
    """Write the cell of each of ascending values, going once over points and values."""
    at = 0
    for i in range(ordered.size):
        x = ordered[i]
        while at < points.size and points[at] < x:
            at += 1
        cells[i] = 2 * at + (at < points.size and points[at] == x)


@njit([uint64(*each, int64[::1], int64[::1]) for each in EACH], cache=True, nogil=True)
def runs(points, starts, origin, shift, most, bits, scale, ordered, cells, counts):
    """Write the cells of ascending values, each once, and how many are in each; return how many.

    `cells` may lie where the values are: it never gets ahead of the block in hand. Without a
    branch, for the same reason as above.
    """
    found, into = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.int64)
    used, last = np.uint64(0), np.int64(-1)
    for begin in range(0, ordered.size, BLOCK):
        block = ordered[begin : begin + BLOCK]
        _buckets(starts, origin, shift, bits, scale, block, found)
        _cells(points, starts, most, block, found, into)
        for i in range(block.size):
            cell = into[i]
            used += np.uint64(cell != last)
            last = cell
            cells[used - ONE], counts[used - ONE] = cell, begin + i + 1
    ended = 0
    for j in range(used):
        ended, counts[j] = counts[j], counts[j] - ended
    return used
