"""The compiled fold of messages into a book: one pass, no allocation but to grow the book.

The book is two sorted arrays, one a side, of keys that rise towards the best price (a bid's key
is its price, an ask's its negated price). A removed level keeps its place with no lots, because
most come back, until `Fold` sweeps or an insertion, moving the entries between, takes the place.
Invariants: (1) keys of a side rise strictly; (2) ``count[s]`` entries of side ``s`` are in use and
the last of them, the best, has lots.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from karat.compiled import njit

# Rows of `numbers`, `codes` and `counts`, and places in `status`; kept beside the code that fills
# them, read by name in fold.py.
SEQUENCE, PREVIOUS, MESSAGE, PRICE, SIZE, BID, BID_LOTS, ASK, ASK_LOTS = range(9)
KIND, SIDE, FLAGS = range(3)
SYNCED, STANDS_AT, BRIDGING = range(3)
STALE, DUPLICATE, GAP, OVERLAP, UNKNOWN_DELETE, DELTAS, REPLAYED, LEVELS, TRADES, SNAPSHOTS = range(
    10
)
K_SNAPSHOT, K_DELTA, K_TRADE, K_STALE, K_DUPLICATE = 1, 2, 3, 4, 5
F_CLOSING, F_REPLAYED, F_UNKNOWN_DELETE = 1, 2, 4
NEAR = 16


class Out(NamedTuple):
    """Rows as they are written: `numbers` (9 x rows, int64) and `codes` (3 x rows, int8)."""

    numbers: Any
    codes: Any


class Tally(NamedTuple):
    """What was met: `counts` (10, int64) and `places` (kept x 4): what, row, first and last id."""

    counts: Any
    places: Any


class Row(NamedTuple):
    """What a row is; its top of book is written apart."""

    sequence: int
    previous: int
    message: int
    price: int
    size: int
    kind: int
    side: int
    flags: int


@njit(cache=True, nogil=True)
def find(keys, used, key):  # type: ignore[no-untyped-def]
    """Return the first place of `keys[:used]` that is not below `key`: near the best first."""
    low, high = 0, used
    if used > NEAR:
        if keys[used - NEAR] >= key:
            high = used - NEAR + 1
        else:
            low = used - NEAR + 1
    while low < high:
        middle = (low + high) >> 1
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def insert(keys, lots, at, used, key, size):  # type: ignore[no-untyped-def]
    """Put a level at place `at`, the next ones moving up to the first emptied one; return `used`.

    The arrays are one longer than `used` at least.
    """
    if at > 0 and lots[at - 1] == 0:
        keys[at - 1], lots[at - 1] = key, size
        return used
    while at < used and lots[at] != 0:
        keys[at], key = key, keys[at]
        lots[at], size = size, lots[at]
        at += 1
    keys[at], lots[at] = key, size
    return max(used, at + 1)


@njit(cache=True, nogil=True)
def grown(block):  # type: ignore[no-untyped-def]
    """Return `block` (sides x capacity) with twice the capacity."""
    wider = np.zeros((block.shape[0], 2 * block.shape[1]), block.dtype)
    wider[:, : block.shape[1]] = block
    return wider


@njit(cache=True, nogil=True)
def set_level(keys, lots, count, s, key, size):  # type: ignore[no-untyped-def]
    """Set one level (0 empties it); return the arrays and whether an emptied one held lots."""
    used = count[s]
    at = find(keys[s], used, key)
    if at < used and keys[s, at] == key:
        known = size != 0 or lots[s, at] != 0
        lots[s, at] = size
        while used > 0 and lots[s, used - 1] == 0:
            used -= 1
        count[s] = used
        return keys, lots, known
    if size == 0:
        return keys, lots, False
    if used == keys.shape[1]:
        keys, lots = grown(keys), grown(lots)
    count[s] = insert(keys[s], lots[s], at, used, key, size)
    return keys, lots, True


@njit(cache=True, nogil=True)
def write(out, at, row, keys, lots, count):  # type: ignore[no-untyped-def]
    """Write `row` at place `at` with the best of both sides (0, 0 for an empty one)."""
    numbers, codes = out.numbers, out.codes
    numbers[SEQUENCE, at], numbers[PREVIOUS, at] = row.sequence, row.previous
    numbers[MESSAGE, at] = row.message
    numbers[PRICE, at], numbers[SIZE, at] = row.price, row.size
    codes[KIND, at], codes[SIDE, at], codes[FLAGS, at] = row.kind, row.side, row.flags
    for s in range(2):
        used = count[s]
        numbers[BID + 2 * s, at] = 0 if used == 0 else keys[s, used - 1] * (1 - 2 * s)
        numbers[BID_LOTS + 2 * s, at] = 0 if used == 0 else lots[s, used - 1]
    return at + 1


@njit(cache=True, nogil=True)
def link(kind, last, previous, status):  # type: ignore[no-untyped-def]
    """Return what to make of a book message, and whether its ids fail to link up.

    First value: the message's own kind to apply it, K_STALE or K_DUPLICATE to drop it. Second:
    0 linked, GAP ids are missing before it, OVERLAP it repeats part of what was applied. After a
    snapshot the next delta need only reach across it.
    """
    stands = status[STANDS_AT]
    if kind == K_SNAPSHOT:
        return (K_STALE if status[SYNCED] and last <= stands else kind), 0
    if last <= stands:
        return (K_STALE if status[BRIDGING] else K_DUPLICATE), 0
    if previous > stands:
        return kind, GAP
    if previous < stands and not status[BRIDGING]:
        return kind, OVERLAP
    return kind, 0


@njit(cache=True, nogil=True)
def note(tally, what, row, first, last):  # type: ignore[no-untyped-def]
    """Count an anomaly, and keep where it is while there is room."""
    seen = tally.counts[STALE : OVERLAP + 1].sum()
    if seen < len(tally.places):
        place = tally.places[seen]
        place[0], place[1], place[2], place[3] = what, row, first, last
    tally.counts[what] += 1


@njit(cache=True, nogil=True)
def judge(messages, m, status, tally):  # type: ignore[no-untyped-def]
    """Return the kind that message `m` is applied or dropped as; note what is wrong with it."""
    kind, last, previous = messages.kind[m], messages.last_id[m], messages.previous_id[m]
    row, stands = messages.row[m], status[STANDS_AT]
    applied, broken = link(kind, last, previous, status)
    if applied == K_STALE:
        note(tally, STALE, row, messages.first_id[m], last)
    elif applied == K_DUPLICATE:
        note(tally, DUPLICATE, row, messages.first_id[m], last)
    elif broken == GAP:
        note(tally, GAP, row, stands + 1, previous)
    elif broken == OVERLAP:
        note(tally, OVERLAP, row, previous + 1, stands)
    return applied


@njit(cache=True, nogil=True)
def apply_levels(messages, m, flags, keys, lots, count, out, at, tally):  # type: ignore[no-untyped-def]
    """Set all levels of message `m`, one row each, the last one closing."""
    kind, last, previous = messages.kind[m], messages.last_id[m], messages.previous_id[m]
    begin, end = messages.start[m], messages.start[m + 1]
    if begin == end:
        row = Row(last, previous, m, 0, 0, kind, 0, flags | F_CLOSING)
        return keys, lots, write(out, at, row, keys, lots, count)
    for level in range(begin, end):
        side, price, size = (
            messages.side[level], messages.price_ticks[level], messages.size_lots[level],
        )  # fmt: skip
        s = 0 if side > 0 else 1
        keys, lots, known = set_level(keys, lots, count, s, price * side, size)
        tally.counts[UNKNOWN_DELETE] += not known
        marks = flags | (0 if known else F_UNKNOWN_DELETE) | (F_CLOSING if level == end - 1 else 0)
        row = Row(last, previous, m, price, size, kind, side, marks)
        at = write(out, at, row, keys, lots, count)
    return keys, lots, at


@njit(cache=True, nogil=True)
def fold(messages, order, replayed, keys, lots, count, status, out, tally):  # type: ignore[no-untyped-def]
    """Apply messages in `order`; return the book's arrays and the number of rows written.

    `out` needs a row for each level and each message.
    """
    at, counts = 0, tally.counts
    for step in range(len(order)):
        m = order[step]
        kind, last = messages.kind[m], messages.last_id[m]
        first = messages.start[m]
        if kind == K_TRADE:
            counts[TRADES] += 1
            price, size, side = (
                messages.price_ticks[first], messages.size_lots[first], messages.side[first],
            )  # fmt: skip
            row = Row(last, last, m, price, size, kind, side, F_CLOSING)
            at = write(out, at, row, keys, lots, count)
            continue
        flags = F_REPLAYED if replayed[step] else 0
        counts[LEVELS] += (messages.start[m + 1] - first) * (kind == K_DELTA)
        applied = judge(messages, m, status, tally)
        if applied != kind:
            row = Row(last, messages.previous_id[m], m, 0, 0, applied, 0, flags | F_CLOSING)
            at = write(out, at, row, keys, lots, count)
            continue
        counts[SNAPSHOTS if kind == K_SNAPSHOT else DELTAS] += 1
        counts[REPLAYED] += replayed[step]
        if kind == K_SNAPSHOT:
            count[0] = count[1] = 0
        keys, lots, at = apply_levels(messages, m, flags, keys, lots, count, out, at, tally)
        status[SYNCED], status[STANDS_AT], status[BRIDGING] = 1, last, kind == K_SNAPSHOT
    return keys, lots, at
