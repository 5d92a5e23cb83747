"""Compiled: the continuity of a feed in one pass over its rows."""

from numba import int64, njit, types

READ = types.Array(int64, 1, "C", readonly=True)
SNAPSHOT, DELTA, TRADE, DUPLICATE = 1, 2, 3, 5
NEVER = -1
FIRST_BOOK, LAST_BOOK, FIRST_TRADE, LAST_TRADE, SKIPS, REPEATS, BROKEN, UNKNOWN = range(6, 14)


@njit(cache=True, nogil=True, inline="always")
def _fine(last_kind, last, needed, id_):
    """Return whether a delta goes on from the book row before it."""
    # The first delta after a snapshot contains its id; any other begins where the last one ended.
    return (needed <= last <= id_) if last_kind == SNAPSHOT else needed == last


@njit(types.void(READ, READ, READ, int64[::1], int64[:, ::1]), cache=True, nogil=True)
def follow(kinds, before, ids, told, broken):
    """Fill in what is told of rows.

    `told` gets the messages (of trades, stale and duplicate ones: rows) of each of the six kinds,
    then the places of the first and the last book row and trade (-1 for none), steps between trades
    that skip or go back, how many deltas do not begin where they should, and the first row of an
    unknown kind (-1 for none), after which nothing is looked at. `broken` gets the place of each
    such delta and of the book row before it.
    """
    told[:] = 0
    book = trade = first_book = first_trade = NEVER
    used, told[UNKNOWN] = 0, NEVER
    for i in range(kinds.size):
        kind = kinds[i]
        if kind < 0 or kind > DUPLICATE:
            told[UNKNOWN] = i
            break
        if kind > TRADE:
            told[kind] += 1
        elif kind == TRADE:
            told[TRADE] += 1
            if trade >= 0:
                if ids[i] > ids[trade]:
                    told[SKIPS] += ids[i] - 1 > ids[trade]
                else:
                    told[REPEATS] += 1
            else:
                first_trade = i
            trade = i
        else:
            if book < 0:
                told[kind] += 1
                first_book = i
            elif kind != kinds[book] or ids[i] != ids[book]:
                told[kind] += 1
                if kind == DELTA and not _fine(kinds[book], ids[book], before[i], ids[i]):
                    broken[used, 0], broken[used, 1] = i, book
                    used += 1
            book = i
    told[FIRST_BOOK], told[LAST_BOOK], told[BROKEN] = first_book, book, used
    told[FIRST_TRADE], told[LAST_TRADE] = first_trade, trade
