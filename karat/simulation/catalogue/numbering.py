"""Ids that link up again as the feed would have it, after messages came or went."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from karat.messages.schema import Kind
from karat.simulation.catalogue.events import Events, written


def relinked(day: Events, which: Any) -> pa.Table:
    """Return the table with the deltas among `which` (one flag a message) following the book.

    Both rules of continuity hold again: on futures a delta names the last id before it, on spot
    its own first id less one, which now spans the ids that are gone.
    """
    book = np.flatnonzero(day.kind <= Kind.DELTA)
    before = np.concatenate([book[:1], book[:-1]])
    stands = np.zeros(day.count, np.int64)
    stands[book] = day.closing("sequence")[before]
    chosen = np.asarray(which) & (day.kind == Kind.DELTA)
    said = np.where(chosen, stands, day.closing("previous_sequence"))
    return written(day.table, previous_sequence=np.repeat(said, np.diff(day.starts)))


def gapless(table: pa.Table) -> pa.Table:
    """Return the table with its trades numbered one by one from the first trade's id on."""
    trades = table["kind"].to_numpy() == Kind.TRADE
    numbers = {name: table[name].to_numpy().copy() for name in ("sequence", "previous_sequence")}
    ids = numbers["sequence"][trades]
    for values in numbers.values():
        values[trades] = ids[:1] + np.arange(len(ids))
    return written(table, **numbers)
