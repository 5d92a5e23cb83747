"""Rows 1, 2 and 5: messages that never reached the file."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from karat.messages.schema import Kind
from karat.simulation.catalogue.events import Events, events
from karat.simulation.catalogue.numbering import gapless, relinked
from karat.simulation.catalogue.severity import draws, share_of, some
from karat.simulation.exchange import Int64s


def dropped(
    table: pa.Table, severity: float, seed: int, _yesterday: pa.Table | None = None
) -> pa.Table:
    """Return `table` without a share of its messages; ids stay, so that gaps are left (row 1).

    The rows are lost after the book was folded: the best columns of all others stay right, which
    is harder to see than a loss before it.
    """
    day = events(table)
    count = share_of(severity, len(day.live))
    return _kept(day, _without(day, some(draws("dropped", seed), day.live, count)))


def dropped_renumbered(
    table: pa.Table, severity: float, seed: int, _yesterday: pa.Table | None = None
) -> pa.Table:
    """Return `table` without a share of its messages, the ids made to link up again (row 2).

    A delta after a lost one says that it follows the one before; trade ids become gapless.
    """
    day = events(table)
    count = share_of(severity, len(day.live))
    return _renumbered(day, some(draws("dropped_renumbered", seed), day.live, count))


def thinned(
    table: pa.Table, severity: float, seed: int, _yesterday: pa.Table | None = None
) -> pa.Table:
    """Return `table` without one in two of its fastest messages, ids linked up again (row 5).

    Fast are the share `severity` that came soonest after the message before, by the receive
    clock; messages that came equally soon are told apart by the seed.
    """
    day, random = events(table), draws("thinned", seed)
    waited = np.diff(day.closing("receive_time_ns"), prepend=0)[day.live]
    ranked = day.live[np.lexsort((random.random(len(waited)), waited))]
    fast = np.sort(ranked[: share_of(severity, len(day.live))])
    return _renumbered(day, some(random, fast, (len(fast) + 1) // 2))


def _without(day: Events, lost: Int64s) -> Int64s:
    return np.setdiff1d(np.arange(day.count), lost, assume_unique=True)


def _kept(day: Events, messages: Int64s) -> pa.Table:
    if len(messages) == day.count:
        return day.table
    return day.table.take(pa.array(day.rows(messages)))


def _renumbered(day: Events, lost: Int64s) -> pa.Table:
    if not len(lost):
        return day.table
    kept = _without(day, lost)
    left = events(_kept(day, kept))
    follows_lost = np.zeros(left.count, bool)
    book = kept[day.kind[kept] <= Kind.DELTA]
    told = np.flatnonzero(day.kind <= Kind.DELTA)
    place = np.searchsorted(told, book)
    follows_lost[left.kind <= Kind.DELTA] = np.diff(place, prepend=-1) > 1
    return gapless(relinked(left, follows_lost))
