"""Row 36: a stretch of yesterday, made to look like today."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from karat.errors import InputError
from karat.messages.schema import Kind
from karat.simulation.catalogue.events import TIMES, Events, events, written
from karat.simulation.catalogue.numbering import gapless, relinked
from karat.simulation.catalogue.prices import bid_path, shifted
from karat.simulation.catalogue.severity import draws, share_of
from karat.simulation.exchange import Int64s


def yesterday_copied(
    table: pa.Table, severity: float, seed: int, yesterday: pa.Table | None = None
) -> pa.Table:
    """Return `table` with one stretch, a share of its messages, taken from `yesterday` (row 36).

    The copy says what yesterday said, its prices moved to where today's best bid stood before
    the stretch. It has the times of the messages it replaces, ids of deltas between those
    around it, and trade ids in one row with today's. InputError without `yesterday`, when it has
    fewer messages than asked, or when today has no place with room for its ids.
    """
    day = events(table)
    count = share_of(severity, len(day.live))
    if not count:
        return table
    if yesterday is None:
        raise InputError("there is no yesterday to copy from: give the day before")
    other, random = events(yesterday), draws("yesterday_copied", seed)
    source = _one(random, _runs(other, count), f"yesterday has no {count} messages in one row")
    begin, end = other.starts[[source, source + count]].tolist()
    copy = events(yesterday.slice(begin, end - begin))
    places = _runs(day, count)
    stands = _stands(day)
    room = stands[places + count - 1] - stands[places - 1]
    needed = int((copy.kind == Kind.DELTA).sum())
    fits = places[(stands[places - 1] >= 0) & (room >= needed)]
    at = _one(random, fits, f"no {count} messages of the day have room for yesterday's ids")
    ticks = bid_path(day)[at - 1] - bid_path(other)[source - 1]
    rebased = events(shifted(copy, np.full(count, ticks)))
    return _spliced(day, at, _fitted(rebased, day, at, stands))


def _one(random: np.random.Generator, places: Int64s, none: str) -> int:
    if not len(places):
        raise InputError(f"{none}: use a smaller severity")
    return int(random.choice(places))


def _runs(day: Events, count: int) -> Int64s:
    """Return the messages from which on `count` live ones stand in one row."""
    if count > len(day.live):
        return day.live[:0]
    first, last = day.live[: len(day.live) - count + 1], day.live[count - 1 :]
    runs: Int64s = first[last - first == count - 1]
    return runs


def _stands(day: Events) -> Int64s:
    """Return the id at which the book stands after every message, -1 while there is none."""
    book = day.kind <= Kind.DELTA
    last = np.maximum.accumulate(np.where(book, np.arange(day.count), -1))
    stands: Int64s = np.where(last < 0, -1, day.closing("sequence")[last])
    return stands


def _fitted(copy: Events, day: Events, at: int, stands: Int64s) -> pa.Table:
    """Return the copy with the times and, for deltas, between the ids of the messages from `at`."""
    table = copy.table
    sizes = np.diff(copy.starts)
    closes = np.repeat(day.starts[at + 1 : at + copy.count + 1] - 1, sizes)
    for name in TIMES:
        place = table.schema.get_field_index(name)
        clock = day.table[name].take(pa.array(closes))
        table = table.set_column(place, table.schema.field(place), clock)
    deltas = copy.kind == Kind.DELTA
    first, last = int(stands[at - 1]), int(stands[at + copy.count - 1])
    ids, rank = copy.closing("sequence").copy(), np.arange(1, deltas.sum() + 1)
    ids[deltas] = first + rank * (last - first) // max(len(rank), 1)
    return written(table, sequence=np.repeat(ids, sizes))


def _spliced(day: Events, at: int, copy: pa.Table) -> pa.Table:
    """Return the day with `copy` in place of as many messages from `at` on, all ids linked."""
    count = events(copy).count
    begin, end = day.starts[[at, at + count]].tolist()
    parts = [day.table.slice(0, begin), copy, day.table.slice(end)]
    whole = events(pa.concat_tables(parts).combine_chunks())
    follows = np.zeros(whole.count, bool)
    follows[at : at + count] = True
    follows[at + count :][np.flatnonzero(whole.kind[at + count :] <= Kind.DELTA)[:1]] = True
    return gapless(relinked(whole, follows))
