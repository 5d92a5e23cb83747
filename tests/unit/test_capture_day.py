"""A capture that was received on another day than the one it is named for is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat import open_lake
from karat.errors import InputError
from karat.flow import Capture, ingest
from karat.lake.layout import MAIN, Partition
from karat.messages.capture_day import CLOCK, another_day

DATE = "2024-08-08"
DAY_S = 86_400
MIDNIGHT_S = int(dt.datetime(2024, 8, 8, tzinfo=dt.UTC).timestamp())


def written(times_ns: list[int | None], *, told: bool, rows: int = 2) -> pq.ParquetFile:
    """Return a file of these times, which tells its ends in the footer or does not."""
    sink = pa.BufferOutputStream()
    table = pa.table({CLOCK: pa.array(times_ns, pa.int64())})
    pq.write_table(table, sink, row_group_size=rows, write_statistics=told)
    return pq.ParquetFile(pa.BufferReader(sink.getvalue()))


@pytest.mark.parametrize("told", [True, False])
@given(
    st.lists(
        st.none() | st.integers((MIDNIGHT_S - 2 * DAY_S) * 10**9, (MIDNIGHT_S + 3 * DAY_S) * 10**9)
    )
)
def test_rows_beside_the_day_alone_are_of_another(told: bool, times_ns: list[int | None]) -> None:
    found = another_day(written(times_ns, told=told), DATE, "x")
    known = [time for time in times_ns if time is not None]
    before = all(time < MIDNIGHT_S * 10**9 for time in known)
    after = all(time >= (MIDNIGHT_S + DAY_S) * 10**9 for time in known)
    assert (found is not None) == (bool(known) and (before or after))


@pytest.mark.parametrize(("at_ns", "is_of_it"), [(-1, False), (0, True), (DAY_S * 10**9 - 1, True)])
def test_a_day_ends_before_midnight(at_ns: int, is_of_it: bool) -> None:
    time_ns = MIDNIGHT_S * 10**9 + at_ns
    assert (another_day(written([time_ns], told=True), DATE, "x") is None) == is_of_it


def test_other_columns_tell_no_day() -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({CLOCK: ["text"]}), sink)
    assert another_day(pq.ParquetFile(pa.BufferReader(sink.getvalue())), DATE, "x") is None


def test_one_of_another_day_is_refused_before_anything_is_written(
    captures: Path,
) -> None:
    lake = open_lake("memory:")
    raw = captures / "binance" / "spot_btcusdt_20240809_raw.parquet"
    wrong = Capture(raw, Partition("binance-spot-btcusdt", DATE), "raw")
    head = lake.head(MAIN)
    with pytest.raises(InputError, match=r"2024-08-09 00:00:00 to 2024-08-09 00:05:.*2024-08-08"):
        ingest(lake, [wrong])
    assert lake.head(MAIN) == head
