"""Compiled: the hash of every window of rows, as `GramHash` tells it, several grams at a time."""

import numpy as np
from numba import int64, types, uint64

from karat.compiled import njit

READ = types.Array(uint64, 1, "C", readonly=True)
TABLE = types.Array(uint64, 2, "C", readonly=True)
MOST_COLUMNS = 8
COLUMNS = types.UniTuple(READ, MOST_COLUMNS)
BLOCK, PIECE = 256, 8192
STEP = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
A, B, C = np.uint64(30), np.uint64(27), np.uint64(31)


@njit(cache=True, nogil=True, inline="always")
def _mixed(value):
    mixed = value + STEP
    mixed = (mixed ^ (mixed >> A)) * FIRST
    mixed = (mixed ^ (mixed >> B)) * SECOND
    return mixed ^ (mixed >> C)


@njit(types.void(READ, uint64[::1]), cache=True, nogil=True)
def chained(column, chain):
    """Take up the value of each row into its `chain`."""
    for i in range(chain.size):
        chain[i] = _mixed(chain[i] ^ column[i])


@njit(types.void(READ, TABLE, int64, uint64[::1]), cache=True, nogil=True)
def grams(row, moving, width, found):
    """Write the hash of each window of `width` rows of `row` into `found`.

    Of the columns `moving`, shape (columns, rows), a window takes what they gained since its first
    row.
    """
    part = np.empty(BLOCK, np.uint64)
    for begin in range(0, found.size, BLOCK):
        gram = found[begin : begin + BLOCK]
        gram[:] = np.uint64(0)
        for at in range(width):
            late = row[begin + at : begin + at + gram.size]
            for i in range(gram.size):
                part[i] = late[i]
            for c in range(moving.shape[0]):
                first = moving[c, begin : begin + gram.size]
                now = moving[c, begin + at : begin + at + gram.size]
                for i in range(gram.size):
                    part[i] = _mixed(part[i] ^ (now[i] - first[i]))
            for i in range(gram.size):
                gram[i] = _mixed(gram[i] ^ part[i])


@njit(int64(COLUMNS, int64, int64, int64, int64, int64[::1]), cache=True, nogil=True)
def not_above(columns, still, changes, width, bound, kept):
    """Write the hashes of windows that are `bound` or less, as int64; return how many.

    Windows are of the first `still` of `columns` and of what the next `changes` gained, as `grams`
    tells. Hashes are made in pieces that stay in cache. -1 where `kept` has no room for them and a
    piece more.
    """
    rows, used = columns[0].size, np.uint64(0)
    chain, found = np.empty(PIECE + width, np.uint64), np.empty(PIECE, np.uint64)
    moving = np.empty((changes, PIECE + width), np.uint64)
    for begin in range(0, rows - width + 1, PIECE):
        count = min(PIECE, rows - width + 1 - begin)
        end = begin + count + width - 1
        for i in range(end - begin):
            chain[i] = np.uint64(0)
        for c in range(still):
            chained(columns[c][begin:end], chain[: end - begin])
        for c in range(changes):
            column = columns[still + c][begin:end]
            for i in range(column.size):
                moving[c, i] = column[i]
        grams(chain[: end - begin], moving, width, found[:count])
        if used + np.uint64(count) > np.uint64(kept.size):
            return -1
        for i in range(count):
            kept[used] = np.int64(found[i])
            used += np.uint64(np.int64(found[i]) <= bound)
    return np.int64(used)
