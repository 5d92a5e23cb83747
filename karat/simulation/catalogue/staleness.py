"""Row 15: a book that stands still while messages go on."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from karat.messages.schema import Kind
from karat.simulation.catalogue.events import events
from karat.simulation.catalogue.severity import at_most, draws, stretch

BOOK = (
    "best_bid_ticks",
    "best_bid_lots",
    "best_ask_ticks",
    "best_ask_lots",
    "spread_ticks",
)


def book_frozen(
    table: pa.Table, severity: float, seed: int, _yesterday: pa.Table | None = None
) -> pa.Table:
    """Return `table` with the best columns frozen for `severity` deltas (row 15).

    They repeat the row before the first of these deltas until the last of them is over, also in
    the trades between, and are right again in the delta after. What the messages themselves say
    stays. InputError for more deltas than the day has.
    """
    day = events(table)
    deltas = day.of_kind(Kind.DELTA)
    count = at_most(severity, len(deltas))
    if not count:
        return table
    chosen = stretch(draws("book_frozen", seed), deltas, count)
    begin, end = int(day.starts[chosen[0]]), int(day.starts[chosen[-1] + 1])
    source = np.arange(table.num_rows)
    source[begin:end] = begin - 1
    for name in BOOK:
        at = table.schema.get_field_index(name)
        frozen = table[name].take(pa.array(source))
        table = table.set_column(at, table.schema.field(at), frozen)
    return table
