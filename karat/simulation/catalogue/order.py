"""Rows 8 and 10: messages in an order they did not have."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from karat.messages.schema import Kind
from karat.simulation.catalogue.events import LINKS, TIMES, Events, events, written
from karat.simulation.catalogue.severity import draws, share_of, some, whole
from karat.simulation.exchange import Int64s

LEAST = 2


def swapped(
    table: pa.Table, severity: float, seed: int, _yesterday: pa.Table | None = None
) -> pa.Table:
    """Return `table` with a share of its messages changing places with the next one (row 8).

    Only neighbours of one kind, which one sequence orders; whole messages move, ids and times
    with them. No message moves twice, so a share above that of the pairs there are takes all.
    """
    day = events(table)
    count = share_of(severity, len(day.live))
    pairs = _apart(_neighbours(day), draws("swapped", seed))
    first = some(draws("swapped pairs", seed), pairs, min(count, len(pairs)))
    order = np.arange(day.count)
    order[first], order[first + 1] = first + 1, first
    return table.take(pa.array(day.rows(order))) if len(first) else table


def shuffled(
    table: pa.Table, severity: float, seed: int, _yesterday: pa.Table | None = None
) -> pa.Table:
    """Return `table` with what its messages say shuffled in blocks of `severity` (row 10).

    The clock stays in order, and so do the ids: the first delta of the new order has the first
    delta's id. Nothing that forgets the order can tell. A block longer than the day is the day.
    """
    day, size = events(table), whole(severity)
    if size < LEAST or not len(day.live):
        return table
    block = np.arange(len(day.live)) // min(size, len(day.live))
    within = draws("shuffled", seed).random(len(day.live))
    order = np.arange(day.count)
    order[day.live] = day.live[np.lexsort((within, block))]
    return _in_order(day, order)


def _in_order(day: Events, order: Int64s) -> pa.Table:
    """Return the messages in `order` with the times of their places and the ids of their rank."""
    sizes, ranked = day.sizes(order), np.arange(day.count)
    for kind in (Kind.DELTA, Kind.TRADE):
        ranked[day.kind[order] == kind] = np.flatnonzero(day.kind == kind)
    moved = day.table.take(pa.array(day.rows(order)))
    ids = {name: np.repeat(day.closing(name)[ranked], sizes) for name in LINKS}
    times = {name: np.repeat(day.closing(name), sizes) for name in TIMES}
    return written(moved, **ids, **times)


def _neighbours(day: Events) -> Int64s:
    """Return the live messages whose next one is live and of the same kind."""
    close = np.diff(day.live) == 1
    alike = np.diff(day.kind[day.live]) == 0
    pairs: Int64s = day.live[:-1][close & alike]
    return pairs


def _apart(first: Int64s, random: np.random.Generator) -> Int64s:
    """Return those of the rising `first` of pairs that share no message with another kept one.

    Of a run of overlapping pairs every second one stays, from its first or its second on.
    """
    begins = np.flatnonzero(np.diff(first, prepend=-LEAST) > 1)
    lengths = np.diff(np.append(begins, len(first)))
    place = np.arange(len(first)) - np.repeat(begins, lengths)
    shift = np.where(lengths > 1, random.integers(0, 2, len(lengths)), 0)
    kept: Int64s = first[(place + np.repeat(shift, lengths)) % 2 == 0]
    return kept
