"""Made-up days of book events that fall into many chunks, and files of them in a lake."""

from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from karat.compute import Reading
from karat.lake import Lake
from karat.lake.append import append
from karat.lake.layout import MAIN
from karat.messages import BOOK_EVENTS
from karat.messages.borders import SLOT_NS, Cut

PATH = "book_events/sim-spot-a/2024-01-01.parquet"
FINE = Cut(many=60, enough=4, most=96)
"""Cuts a few hundred rows as finely as a day of 50 million is cut."""


def day(seed: int, rows: int = 300) -> pa.Table:
    """Return events of some hours: any values, nulls where they may be, times mostly rising."""
    rng = np.random.default_rng(seed)
    slots = np.cumsum(rng.choice([0, 0, 0, 0, 1, 2, 30, 400], rows)) + 900_000
    columns: dict[str, Any] = {}
    for field in BOOK_EVENTS:
        values = rng.integers(1, 30, rows)
        if field.name in ("kind", "side", "flags"):
            values = rng.integers(0, 6, rows)
        if field.name in ("sequence", "previous_sequence"):
            values = np.arange(rows) - (field.name == "previous_sequence")
        if field.name.endswith("time_ns"):
            values = (slots - rng.integers(0, 2, rows)) * SLOT_NS + values
        gaps = rng.random(rows) < 0.1 * field.nullable
        columns[field.name] = pa.array(values, field.type, mask=gaps)
    return pa.table(columns, schema=BOOK_EVENTS)


def put(lake: Lake, table: pa.Table, groups: Sequence[int] = (), cut: Cut = FINE) -> Reading:
    """Commit a table as a file whose row groups end before the rows `groups`, and open it."""
    sink = BytesIO()
    borders = [0, *sorted(groups), table.num_rows]
    with pq.ParquetWriter(sink, table.schema) as writer:
        for first, stop in pairwise(borders):
            writer.write_table(table.slice(first, stop - first), row_group_size=1 << 20)
    head = append(lake, MAIN, {PATH: sink.getvalue()}, message="Put")
    return Reading(lake, head, PATH, cut)


def changed(table: pa.Table, first: int, stop: int) -> pa.Table:
    """Return a table in which the sizes of some rows are one lot more."""
    at = table.schema.get_field_index("size_lots")
    more = np.zeros(table.num_rows, np.int64)
    more[first:stop] = 1
    sizes = pc.add(table["size_lots"], pa.array(more))
    return table.set_column(at, table.schema.field(at), sizes)
