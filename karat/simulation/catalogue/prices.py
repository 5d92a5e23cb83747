"""Rows 26 and 28: prices that moved too much, or for one message only."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from karat.errors import InputError
from karat.messages.schema import Kind
from karat.simulation.catalogue.events import Events, events, written
from karat.simulation.catalogue.severity import at_most, draws, factor, some
from karat.simulation.exchange import Int64s
from karat.states.columns import filled

PRICES = ("price_ticks", "best_bid_ticks", "best_ask_ticks")
SPIKE_TICKS = 100


def volatility_scaled(
    table: pa.Table, severity: float, _seed: int = 0, _yesterday: pa.Table | None = None
) -> pa.Table:
    """Return `table` with the way from its opening price times `severity` (row 26).

    The best bid's distance from the first whole book is scaled, in whole ticks; each message
    moves as one, so spreads and the distance of its levels from the best stay. InputError when a
    price would fall to 0.
    """
    day, times = events(table), factor(severity)
    path = bid_path(day)
    moved = path - path[:1]
    shift = np.rint(moved * times).astype(np.int64) - moved
    return shifted(day, shift) if shift.any() else table


def spiked(
    table: pa.Table, severity: float, seed: int, _yesterday: pa.Table | None = None
) -> pa.Table:
    """Return `table` with `severity` deltas 100 ticks up or down, back in the next one (row 28).

    No two neighbouring deltas spike. InputError for more spikes than every other delta, and when
    a price would fall to 0.
    """
    day, random = events(table), draws("spiked", seed)
    deltas = day.of_kind(Kind.DELTA)
    count = at_most(severity, (len(deltas) + 1) // 2)
    # k places with a gap between them are k of n - k + 1 places, spread by one each
    places = np.arange(len(deltas) - max(count - 1, 0))
    at = some(random, places, count) + np.arange(count)
    shift = np.zeros(day.count, np.int64)
    shift[deltas[at]] = SPIKE_TICKS * random.choice([-1, 1], count)
    return shifted(day, shift) if count else table


def shifted(day: Events, ticks: Int64s) -> pa.Table:
    """Return the table with all prices of each message moved by `ticks`, one number a message.

    InputError when a price would fall to 0.
    """
    by_row = np.repeat(ticks, np.diff(day.starts))
    prices = {name: day.column(name) + by_row for name in PRICES}
    for name, values in prices.items():
        low = filled(day.table[name]).valid & (values <= 0)
        if low.any():
            raise InputError(
                f"row {int(np.argmax(low)) + 1}: {name} would fall to {values[low][0]}: "
                "use a smaller severity"
            )
    return written(day.table, **prices)


def bid_path(day: Events) -> Int64s:
    """Return the best bid after every message; where there is none, the one before, or after."""
    bids = filled(day.table["best_bid_ticks"])
    closes = day.starts[1:] - 1
    known = bids.valid[closes]
    if not known.any():
        return np.zeros(day.count, np.int64)
    last = np.maximum.accumulate(np.where(known, np.arange(day.count), int(np.argmax(known))))
    path: Int64s = bids.values[closes][last]
    return path
