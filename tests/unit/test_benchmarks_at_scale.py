"""The benches of streamed days and of workers: small, and with answers that are held."""

import os
from dataclasses import replace
from itertools import repeat
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from benchmarks import bench_stream, bench_workers
from benchmarks.stream_day import INSTRUMENT, Streamed, bring_in, stream, write_capture
from karat.compute import Processes, Serial, Threads
from karat.states import ReferenceCounts


def test_a_capture_of_pieces_is_one_feed_that_passes(tmp_path: Path) -> None:
    text = write_capture(tmp_path / "captures", 6_000_000, piece=3_000_000)
    raw = pq.read_table(tmp_path / "captures" / "usdm_stream_20240102_raw.parquet")
    assert 4_500_000 < text < 8_000_000
    assert raw["stream"].to_pylist().count("rest_snapshot") == 1
    assert raw["recv_ts_ns"].to_pylist() == sorted(raw["recv_ts_ns"].to_pylist())
    bring_in(tmp_path / "home", tmp_path / "captures")
    done = stream(tmp_path / "home", text)
    assert done.outcome == "PASS"
    assert done.rows > raw.num_rows / 2
    assert 0 < done.base_mb <= done.rebuild_mb <= done.peak_mb
    assert done.seconds == done.rebuild_s + done.validate_s > 0
    assert INSTRUMENT.startswith("sim-")


def cores(_: int) -> int:
    return len(os.sched_getaffinity(0))


STREAMED = Streamed(500_000_000, 9_000_000, "PASS", 5.0, 5.0, 100.0, 500.0, 900.0)


@pytest.mark.parametrize(
    ("seconds", "peak", "met"),
    [
        (20.0, 1900.0, [True, True]),
        (21.9, 2001.0, [False, True]),
        (22.2, 900.0, [True, False]),
        (1, 1, [True, True]),
    ],
)
def test_what_bends_or_grows_is_not_met(seconds: float, peak: float, met: list[bool]) -> None:
    larger = replace(
        STREAMED, text_bytes=10**9, rebuild_s=seconds / 2, validate_s=seconds / 2, peak_mb=peak
    )
    rows = bench_stream._compared([STREAMED, larger])
    assert [row.goal.met for row in rows if row.goal] == met
    assert rows[2].ours == f"{50 * seconds / 3600:.2f} h"


def test_golden_held_by_several_is_weighed_at_once(tmp_path: Path) -> None:
    (row,) = bench_workers._memory(tmp_path, columns=2, points=20_000)
    assert row.goal is not None
    assert row.goal.value > 1
    assert "4 processes" in row.ours


def test_golden_columns_have_a_point_a_value() -> None:
    held = bench_workers._golden(2, 1000).strata[""]
    assert [one.golden.points.size for one in held.values()] == [1000, 1000]
    assert all(isinstance(one.golden, ReferenceCounts) for one in held.values())


def test_each_turn_judges_everything_anew(tmp_path: Path) -> None:
    lake = bench_workers._put(tmp_path, days=2, rows=600)
    turns = iter([1, 2])
    for how in (Serial(), Threads(2)):
        bench_workers._judge(tmp_path, lake, how, turns)
    with pytest.raises(RuntimeError, match="2 of 2 verdicts were known"):
        bench_workers._judge(tmp_path, lake, Serial(), repeat(2))


def test_a_day_is_judged_of_its_rows_each_time(tmp_path: Path) -> None:
    lake = bench_workers._put(tmp_path, days=1, rows=600)
    row = bench_workers._in_turn(lake, 600, runs=1)
    assert row.ratio is not None
    assert row.goal is not None
    assert row.goal.value == round(50 * row.ratio, 1)


def test_one_process_has_one_core_and_two_have_all_again() -> None:
    before = os.sched_getaffinity(0)
    with bench_workers.on_one_core():
        assert list(Processes(1).map(cores, [1])) == [1]
    assert os.sched_getaffinity(0) == before
