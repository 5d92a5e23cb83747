"""Compiled: the continuity of a feed in one pass over its rows."""

import numpy as np
from numba import int8, int64, types

from karat.compiled import njit

READ = types.Array(int64, 1, "C", readonly=True)
KINDS = [types.Array(kind, 1, "C", readonly=True) for kind in (int8, int64)]
SNAPSHOT, DELTA, TRADE, DUPLICATE = 1, 2, 3, 5
NEVER = -1
FIRST_BOOK, LAST_BOOK, FIRST_TRADE, LAST_TRADE, SKIPS, REPEATS, BROKEN, UNKNOWN = range(6, 14)


@njit(cache=True, nogil=True, inline="always")
def _fine(last_kind, last, needed, id_):
    """Return whether a delta goes on from the book row before it."""
    # The first delta after a snapshot contains its id; any other begins where the last one ended.
    return (needed <= last <= id_) if last_kind == SNAPSHOT else needed == last


@njit(cache=True, nogil=True, inline="always")
def _kept(broken, used, row, book):
    """Keep the places of a break, where there is room; return how many there are."""
    if used < broken.shape[0]:
        broken[used, 0], broken[used, 1] = row, book
    return used + 1


@njit(
    [types.void(kind, READ, READ, int64[::1], int64[:, ::1]) for kind in KINDS],
    cache=True,
    nogil=True,
)
def follow(kinds, before, ids, told, broken):
    """Fill in what is told of rows.

    `told` gets the messages (of trades, stale and duplicate ones: rows) of each of the six kinds,
    then the places of the first and the last book row and trade (-1 for none), steps between trades
    that skip or go back, how many deltas do not begin where they should, and the first row of an
    unknown kind (-1 for none), after which nothing is looked at. `broken` gets the place of each
    such delta and of the book row before it, as far as it reaches.
    """
    told[:] = 0
    told[UNKNOWN] = NEVER
    book, trade, first_book, first_trade = NEVER, NEVER, NEVER, NEVER
    last_kind, last, traded = np.int64(NEVER), np.int64(0), np.int64(0)
    # Counted in registers: what is written is not to be read again at once.
    deltas, trades, skips, repeats, used = 0, 0, 0, 0, 0
    for i in range(kinds.size):
        kind, id_ = np.int64(kinds[i]), ids[i]
        if kind == DELTA:
            if (last_kind != DELTA) | (id_ != last):
                deltas += 1
                if last_kind == NEVER:
                    first_book = i
                elif not _fine(last_kind, last, before[i], id_):
                    used = _kept(broken, used, i, book)
                last_kind, last = kind, id_
            book = i
        elif kind == TRADE:
            trades += 1
            if trade < 0:
                first_trade = i
            elif id_ <= traded:
                repeats += 1
            elif id_ - 1 > traded:
                skips += 1
            trade, traded = i, id_
        elif kind < 0 or kind > DUPLICATE:
            told[UNKNOWN] = i
            break
        elif kind > TRADE:
            told[kind] += 1
        else:
            told[kind] += (last_kind != kind) | (id_ != last)
            first_book = i if last_kind == NEVER else first_book
            book, last_kind, last = i, kind, id_
    told[DELTA], told[TRADE], told[SKIPS], told[REPEATS] = deltas, trades, skips, repeats
    told[FIRST_BOOK], told[LAST_BOOK], told[BROKEN] = first_book, book, used
    told[FIRST_TRADE], told[LAST_TRADE] = first_trade, trade
