"""When a capture was received, against the day that it is named for: from the footer alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

import pyarrow.parquet as pq

CLOCKS: Mapping[str, int] = MappingProxyType({"recv_ts_ns": 10**9, "recv_ts_ms": 10**3, "ts_s": 1})
"""The columns of the capturing machine's clock, and their ticks a second since 1970 UTC."""
DAY_S, SLACK_S = 86_400, 3_600
FIRST_S, LAST_S = 946_684_800, 253_402_300_800
"""Years 2000 to 9999: a clock that shows other ones counts from a moment of its own."""


def received_elsewhere(file: pq.ParquetFile, date: str) -> str:
    """Return in words when `file` was received, if wholly an hour or more beside the day `date`.

    Nothing for a file that began or ended within that, and for one whose footer does not tell: of
    no rows, of other columns, or written without statistics.
    """
    ends = _ends_s(file)
    if not ends or not all(FIRST_S <= end < LAST_S for end in ends):
        return ""
    first, last = min(ends), max(ends)
    midnight = dt.datetime.fromisoformat(f"{date}T00:00:00+00:00").timestamp()
    if last > midnight - SLACK_S and first < midnight + DAY_S + SLACK_S:
        return ""
    moments = (dt.datetime.fromtimestamp(int(end), dt.UTC) for end in (first, last))
    return " to ".join(f"{moment:%Y-%m-%d %H:%M:%S}" for moment in moments) + " UTC"


def _ends_s(file: pq.ParquetFile) -> list[float]:
    """Return the earliest and latest time received of each row group, in seconds."""
    told = file.metadata
    columns = [told.schema.column(n).path for n in range(told.num_columns)]
    clock = next((name for name in CLOCKS if name in columns), None)
    if clock is None:
        return []
    at = columns.index(clock)
    groups = [told.row_group(n).column(at).statistics for n in range(told.num_row_groups)]
    if not all(one is not None and one.has_min_max for one in groups):
        return []
    ends = [end for one in groups for end in (one.min, one.max)]
    return [end / CLOCKS[clock] for end in ends if isinstance(end, int | float)]
