"""A capture received on another day than it is named for is taken, and doubted aloud."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.messages.capture_day import CLOCKS, DAY_S, FIRST_S, SLACK_S, received_elsewhere

Karat = Callable[..., Any]
DATE = "2024-08-08"
MIDNIGHT_S = int(dt.datetime(2024, 8, 8, tzinfo=dt.UTC).timestamp())
NEAR, PAST = MIDNIGHT_S - SLACK_S, MIDNIGHT_S + DAY_S + SLACK_S


def doubt(column: pa.Array, name: str = "recv_ts_ns", *, told: bool = True) -> str:
    """Return what is said of a file of this one column, in row groups of two rows."""
    sink = pa.BufferOutputStream()
    table = pa.table({"line": [0] * len(column), name: column})
    pq.write_table(table, sink, row_group_size=2, write_statistics=told)
    with pq.ParquetFile(pa.BufferReader(sink.getvalue())) as file:
        return received_elsewhere(file, DATE)


@given(
    st.lists(st.integers(NEAR - 2 * SLACK_S, PAST + 2 * SLACK_S), min_size=1),
    st.sampled_from(sorted(CLOCKS)),
)
def test_what_lies_wholly_beside_the_day_is_doubted(seconds: list[int], clock: str) -> None:
    kind = pa.float64() if clock == "ts_s" else pa.int64()
    times = pa.array([second * CLOCKS[clock] for second in seconds], kind)
    beside = max(seconds) <= NEAR or min(seconds) >= PAST
    assert bool(doubt(times, clock)) == beside
    assert doubt(times, clock, told=False) == ""


def test_it_says_when() -> None:
    times = pa.array([(PAST + n) * 10**9 for n in (7, 3, 5)])
    assert doubt(times) == "2024-08-09 01:00:03 to 2024-08-09 01:00:07 UTC"


@pytest.mark.parametrize(
    "times",
    [
        pa.array([], pa.int64()),
        pa.array([1, 2, 3]),  # a clock that counts from where a test began
        pa.array([(FIRST_S - 1) * 10**9]),
        pa.array(["2024-08-12"]),
        pa.array([dt.datetime(2024, 8, 12)]),  # noqa: DTZ001 - Parquet has such columns
        pa.array([None, None, PAST * 10**9]),  # the footer tells nothing of the first rows
    ],
)
def test_what_is_no_clock_tells_no_day(times: pa.Array) -> None:
    assert doubt(times) == ""


@pytest.mark.parametrize("end", [2**63 - 1, -(2**63), 1e300, float("inf"), float("nan")])
def test_a_clock_of_no_year(end: float) -> None:
    assert doubt(pa.array([end]), "recv_ts_ms") == ""
    assert doubt(pa.array([float(end)]), "ts_s") == ""


def test_it_is_taken_all_the_same_and_told(karat: Karat, days: Path, tmp_path: Path) -> None:
    right = days / "usdm_abc_20240101_raw.parquet"
    wrong = tmp_path / "sim" / "usdm_abc_20240112_raw.parquet"
    wrong.parent.mkdir()
    wrong.write_bytes(right.read_bytes())
    for answer in (karat("ingest", wrong), karat("ingest", wrong, "--json")):
        assert answer.code == 0
        assert "2024-01-12, but received 2024-01-01 " in answer.err
        assert str(wrong) in answer.err
    assert [item["doubt"][:10] for item in answer.json["captures"]] == ["2024-01-01"]
    quiet = karat("ingest", right, "--json")
    assert (quiet.err, quiet.json["captures"][0]["doubt"]) == ("", "")
