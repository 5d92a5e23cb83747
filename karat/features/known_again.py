"""Features and stamps made a second time, of every row alone: what was known, and not a tick more.

A feature that looks ahead differs from what the events up to its row give, and a stamp that is
early from the event at which they give it. So each row is asked: by other sums than those that
`observe_market` takes, or, of features of one's own, by observing a stream that is cut behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from karat.features.decisions import (
    EVERY,
    FAR,
    FEATURES,
    LONGEST_MS,
    Int64s,
    Observe,
    Observed,
    column,
    mids,
    permille,
    signed_lots,
    whole_books,
)

NOWHERE = np.iinfo(np.int64).max
"""Stands for all of a row that is no decision point of the events up to it."""

Known: TypeAlias = Callable[[pa.Table, Int64s], Observed]
"""From events and some of their rows to what the events up to each tell, and at which it is."""


def known_market(events: pa.Table, rows: Int64s) -> Observed:
    """Return the last decision point up to each of `rows` (n), and `FEATURES` of no later event.

    Points are counted, and features are sums of a stream's beginnings, asked at the row and at the
    decision points before it: none of them has an event after the row, whatever other rows are
    asked. `NOWHERE` for what is no decision point.
    """
    whole, (stamps, found) = whole_books(events), _nowhere(len(rows))
    points = np.flatnonzero(whole)[EVERY - 1 :: EVERY]
    number = np.cumsum(whole)[rows]  # of whole books up to a row, itself among them
    there = whole[rows] & (number % EVERY == 0)
    now, at = rows[there], number[there] // EVERY - 1
    stamps[there] = points[at]
    first, before, far = at == 0, points[np.maximum(at - 1, 0)], points[np.maximum(at - FAR, 0)]
    flow, mid, time_ns = signed_lots(events), mids(events), column(events, "receive_time_ns")
    bought, sold, trades = (
        sums[now] - np.where(first, 0, sums[before])
        for sums in map(np.cumsum, (np.maximum(flow, 0), np.maximum(-flow, 0), flow != 0))
    )
    bid, ask = (column(events, f"best_{side}_lots")[now] for side in ("bid", "ask"))
    found[there] = np.stack([
        (column(events, "best_ask_ticks") - column(events, "best_bid_ticks"))[now],
        permille(bid, ask),
        mid[now] - mid[np.where(first, now, before)],
        mid[now] - mid[far],
        permille(bought, sold),
        trades,
        np.clip((time_ns[now] - time_ns[np.where(first, now, before)]) // 1_000_000, 0, LONGEST_MS),
    ], axis=1)  # fmt: skip
    return Observed(stamps, found)


def times_at(events: pa.Table, rows: Int64s) -> Int64s:
    """Return when the events at `rows` (n) were received; `NOWHERE` for what is none of them."""
    there = (rows >= 0) & (rows < events.num_rows)
    taken = events["receive_time_ns"].take(pa.array(rows, mask=~there))
    times: Int64s = pc.fill_null(pc.cast(taken, pa.int64()), NOWHERE).to_numpy()
    return times


def _nowhere(count: int) -> Observed:
    return Observed(np.full(count, NOWHERE), np.full((count, len(FEATURES)), NOWHERE))


def cut_behind(observe: Observe, memory: int = FAR) -> Known:
    """Return what asks `observe` of each row alone: of a stream that ends with this row.

    The stream begins behind a decision point, `memory` of them before the row's own; `observe`
    must need no more. `NOWHERE` where it finds other decision points in that than it is asked of.
    """

    def known(events: pa.Table, rows: Int64s) -> Observed:
        found = _nowhere(len(rows))
        for at, row in enumerate(rows.tolist()):
            begin = int(rows[at - memory - 1]) + 1 if at > memory else 0
            seen = observe(events.slice(begin, row + 1 - begin))
            if np.array_equal(seen.rows + begin, rows[max(at - memory, 0) : at + 1]):
                found.rows[at] = seen.rows[-1] + begin
                found.features[at] = seen.features[-1]
        return found

    return known
