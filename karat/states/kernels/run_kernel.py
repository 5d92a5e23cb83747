"""Compiled: how long rows stay as they are, all columns in one pass and nothing made a row."""

import numpy as np
from numba import int64, types, uint8

from karat.compiled import njit

COLUMNS, PIECE, WORD = 8, 4096, 8
READ = types.Array(int64, 1, "C", readonly=True)
GIVEN = types.UniTuple(READ, COLUMNS)
FIRST, LAST, LONG = range(3)
NONE = np.uint64(0)


@njit(types.void(READ, READ, uint8[::1]), cache=True, nogil=True)
def _changed(before, after, changed):
    """Mark rows that are not those before them; marks of other columns stay."""
    for i in range(changed.size):
        changed[i] |= np.uint8(before[i] != after[i])


@njit(types.void(GIVEN, int64, int64[::1], int64[::1], int64[::1]), cache=True, nogil=True)
def lengths(columns, used, ends, short, long):
    """Count the runs of rows that are equal in the first `used` columns; one row at least.

    `ends` gets the lengths of the first run and the last (0 for no second), `short` the number of
    those between by their length, as far as it reaches, `long` the lengths beyond it, and `ends`
    how many these are.
    """
    rows, start, beyond = columns[0].size, 0, 0
    marks = np.zeros(PIECE // WORD, np.uint64)
    changed = marks.view(np.uint8)
    ends[:], short[:] = 0, 0
    for begin in range(1, rows, PIECE):
        end = min(begin + PIECE, rows)
        marks[:] = NONE
        for c in range(used):
            column = columns[c]
            _changed(column[begin - 1 : end - 1], column[begin:end], changed[: end - begin])
        for word in range(marks.size):
            if marks[word] == NONE:
                continue
            for i in range(word * WORD, (word + 1) * WORD):
                if not changed[i]:
                    continue
                length = begin + i - start
                if start == 0:
                    ends[FIRST] = length
                elif length < short.size:
                    short[length] += 1
                else:
                    long[beyond] = length
                    beyond += 1
                start = begin + i
    ends[LAST if start else FIRST] = rows - start
    ends[LONG] = beyond
