"""What an agent sees of a market at its decision points: whole numbers, of no later event.

A decision point is every tenth row at which a live book is whole and has both sides. What is
observed at one follows from the events up to it, in the order in which they were received.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from karat.messages.schema import Flag, Kind, Side

EVERY = 10
"""Whole books from one decision point to the next."""
FAR = 10
"""Decision points that momentum looks back."""
LONGEST_MS = 60_000
"""Longer waits than a minute are a minute."""
READ = [
    "receive_time_ns", "kind", "side", "size_lots", "best_bid_ticks", "best_bid_lots",
    "best_ask_ticks", "best_ask_lots", "flags",
]  # fmt: skip
FEATURES = (
    "spread_ticks", "imbalance_permille", "move_half_ticks", "momentum_half_ticks",
    "flow_permille", "trades", "wait_ms",
)  # fmt: skip
Int64s = NDArray[np.int64]


class Observed(NamedTuple):
    """Decision points by the rows of their events, and what is observed at each.

    `rows` rises, shape (n); `features` has shape (n, features).
    """

    rows: Int64s
    features: Int64s


Observe: TypeAlias = Callable[[pa.Table], Observed]
"""From the events up to now to what was observed; more events change nothing of it."""


def column(events: pa.Table, name: str, absent: int = 0) -> Int64s:
    """Return a column as int64, with `absent` where nothing is there."""
    values: Int64s = pc.fill_null(pc.cast(events[name], pa.int64()), absent).to_numpy()
    return values


def has_sides(events: pa.Table) -> NDArray[np.bool_]:
    """Return at which rows the book has a best bid and a best ask."""
    both = pc.and_(pc.is_valid(events["best_bid_ticks"]), pc.is_valid(events["best_ask_ticks"]))
    flags: NDArray[np.bool_] = both.to_numpy()
    return flags


def mids(events: pa.Table) -> Int64s:
    """Return twice the middle price at each row, in ticks; 0 where a side is missing."""
    return column(events, "best_bid_ticks") + column(events, "best_ask_ticks")


def signed_lots(events: pa.Table) -> Int64s:
    """Return the lots that each row's trade bought, less than 0 for sold, 0 for other rows."""
    traded = column(events, "kind") == Kind.TRADE
    return np.where(traded, column(events, "side") * column(events, "size_lots"), 0)


def observe_market(events: pa.Table) -> Observed:
    """Return the decision points of book events, and `FEATURES` at each; none for no whole book."""
    rows = _decision_rows(events)
    if not rows.size:
        return Observed(rows, np.zeros((0, len(FEATURES)), np.int64))
    bid, ask = (column(events, f"best_{side}_lots")[rows] for side in ("bid", "ask"))
    spread = (column(events, "best_ask_ticks") - column(events, "best_bid_ticks"))[rows]
    mid, flow = mids(events)[rows], signed_lots(events)
    bought, sold = (_since(np.maximum(way * flow, 0), rows) for way in (Side.BID, Side.ASK))
    waited = np.diff(column(events, "receive_time_ns")[rows], prepend=0) // 1_000_000
    waited[0] = 0
    features = [
        spread,
        permille(bid, ask),
        np.diff(mid, prepend=mid[:1]),
        mid - mid[np.maximum(np.arange(rows.size) - FAR, 0)],
        permille(bought, sold),
        _since((flow != 0).astype(np.int64), rows),
        np.clip(waited, 0, LONGEST_MS),
    ]
    return Observed(rows, np.stack(features, axis=1))


def whole_books(events: pa.Table) -> NDArray[np.bool_]:
    """Return at which rows a live book is whole and has both sides."""
    flags, kind = column(events, "flags"), column(events, "kind")
    whole = (flags & Flag.CLOSING != 0) & (flags & Flag.REPLAYED == 0) & (kind != Kind.TRADE)
    both: NDArray[np.bool_] = whole & has_sides(events)
    return both


def permille(more: Int64s, less: Int64s) -> Int64s:
    """Return by how much of both the one is more than the other, in thousandths; 0 for neither."""
    share: Int64s = 1000 * (more - less) // np.maximum(more + less, 1)
    return share


def _decision_rows(events: pa.Table) -> Int64s:
    return np.flatnonzero(whole_books(events))[EVERY - 1 :: EVERY].astype(np.int64)


def _since(amounts: Int64s, rows: Int64s) -> Int64s:
    """Return the sum of `amounts` after the decision point before, up to each one."""
    sums: Int64s = np.diff(np.cumsum(amounts)[rows], prepend=0)
    return sums
