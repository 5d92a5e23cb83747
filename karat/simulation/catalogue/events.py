"""A day of book events as messages: which rows each owns, and which of them a fault may touch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from karat.errors import InputError
from karat.messages.schema import BOOK_EVENTS, Flag, Kind
from karat.simulation.exchange import Int64s
from karat.states.columns import filled

LINKS = ("sequence", "previous_sequence")
TIMES = ("event_time_ns", "receive_time_ns")


@dataclass(frozen=True, slots=True)
class Events:
    """A table of `book_events` and its `n` messages, each a run of rows that a CLOSING row ends.

    `starts` has n + 1 row numbers, `kind` the `Kind` of each message, `live` the indices of the
    messages a fault may touch: deltas and trades after the book was opened that were not
    replayed, without the first and the last of either kind, whose loss or move only the day
    beside would show.
    """

    table: pa.Table
    starts: Int64s
    kind: Int64s
    live: Int64s

    @property
    def count(self) -> int:
        """Return the number of messages."""
        return len(self.kind)

    def column(self, name: str) -> Int64s:
        """Return a column's value in every row, 0 for null."""
        values: Int64s = filled(self.table[name]).values
        return values

    def closing(self, name: str) -> Int64s:
        """Return a column's value in the last row of every message, 0 for null."""
        return self.column(name)[self.starts[1:] - 1]

    def rows(self, messages: Int64s) -> Int64s:
        """Return the row numbers of `messages`, in the order given."""
        begins, sizes = self.starts[messages], self.sizes(messages)
        skipped = np.cumsum(sizes) - sizes
        places: Int64s = np.arange(int(sizes.sum())) + np.repeat(begins - skipped, sizes)
        return places

    def sizes(self, messages: Int64s) -> Int64s:
        """Return how many rows each of `messages` has."""
        lengths: Int64s = np.diff(self.starts)[messages]
        return lengths

    def of_kind(self, kind: Kind) -> Int64s:
        """Return the messages of one kind that a fault may touch."""
        chosen: Int64s = self.live[self.kind[self.live] == kind]
        return chosen


def events(table: pa.Table) -> Events:
    """Return the messages of a table of `book_events`; none for no rows.

    Raises InputError for a column that is missing or of another type, and when the last row
    closes no message.
    """
    for field in BOOK_EVENTS:
        if field.name not in table.schema.names:
            raise InputError(f"column {field.name!r} is missing: give a table of book_events")
        if table.schema.field(field.name).type != field.type:
            raise InputError(f"column {field.name!r} is not {field.type}: cast it")
    flags = filled(table["flags"]).values
    closes = np.flatnonzero(flags & Flag.CLOSING) + 1
    if table.num_rows and (not closes.size or closes[-1] != table.num_rows):
        raise InputError(f"row {table.num_rows} closes no message: give whole messages")
    starts = np.concatenate([[0], closes])
    kind = filled(table["kind"]).values[starts[:-1]]
    return Events(table, starts, kind, _live(kind, flags[starts[:-1]]))


def _live(kind: Int64s, flags: Int64s) -> Int64s:
    opened = np.maximum.accumulate((kind == Kind.SNAPSHOT) | (kind == Kind.CARRY))
    able = opened & (flags & Flag.REPLAYED == 0)
    inner = [np.flatnonzero((kind == wanted) & able)[1:-1] for wanted in (Kind.DELTA, Kind.TRADE)]
    return np.sort(np.concatenate(inner))


def written(table: pa.Table, **columns: Int64s) -> pa.Table:
    """Return `table` with other values in some columns; a null stays null, a type as it was."""
    for name, values in columns.items():
        at = table.schema.get_field_index(name)
        field = table.schema.field(at)
        empty = table[name].is_null().to_numpy()
        whole = values.astype(field.type.to_pandas_dtype(), copy=False)
        table = table.set_column(at, field, pa.array(whole, field.type, mask=empty))
    return table
