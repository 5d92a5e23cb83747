"""The day that a capture was received on, against the day that it is named for."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from karat.messages.capture_file import batches

CLOCK = "recv_ts_ns"
"""The column of the capturing machine's clock: nanoseconds since 1970, UTC."""
SECOND_NS = 10**9


def another_day(file: pq.ParquetFile, date: str, source: str) -> str | None:
    """Return in words when `file` was received, where not one row is of `date`; None elsewhere.

    A capture may begin before its day or end after it. What has no rows, or no such clock, is of
    any day. Raises InputError naming `source` when rows have to be read and are damaged.
    """
    ends = _ends_ns(file, source)
    if ends is None:
        return None
    day = dt.datetime.fromisoformat(f"{date}T00:00:00+00:00")
    first_ns = int(day.timestamp()) * SECOND_NS
    if ends[0] < first_ns + 86_400 * SECOND_NS and ends[1] >= first_ns:
        return None
    moments = (dt.datetime.fromtimestamp(ns // SECOND_NS, dt.UTC) for ns in ends)
    return " to ".join(f"{moment:%Y-%m-%d %H:%M:%S}" for moment in moments)


def _ends_ns(file: pq.ParquetFile, source: str) -> tuple[int, int] | None:
    """Return the earliest and latest time received: from the footer, or where it has none, rows."""
    schema = file.schema_arrow
    if CLOCK not in schema.names or not pa.types.is_integer(schema.field(CLOCK).type):
        return None
    at, told = schema.get_field_index(CLOCK), file.metadata
    of_groups = [told.row_group(n).column(at).statistics for n in range(told.num_row_groups)]
    if all(one is not None and one.has_min_max for one in of_groups):
        found = [(one.min, one.max) for one in of_groups]
    else:
        pieces = (pc.min_max(rows[CLOCK]).as_py() for rows in batches(file, [CLOCK], source))
        found = [(one["min"], one["max"]) for one in pieces if one["min"] is not None]
    return (min(n for n, _ in found), max(n for _, n in found)) if found else None
