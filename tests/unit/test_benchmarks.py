import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from benchmarks import bench_rebuild
from benchmarks.__main__ import found, table
from benchmarks.bench_rebuild import Capture
from benchmarks.timing import Row, machine, rate, timed
from karat.messages import Instrument
from karat.messages.binance import USDM

ROOT = Path(__file__).parents[2]
WriteCapture = Callable[[Path, Sequence[tuple[int, str, str]]], Path]


def test_rates_read_well() -> None:
    assert rate(350_000, 1) == "350 k/s"
    assert rate(4_400_000, 2) == "2.20 M/s"


def test_rivals_take_turns() -> None:
    calls: list[str] = []
    first, second = timed(lambda: calls.append("a"), lambda: calls.append("b"), runs=3)
    assert calls == ["a", "b"] * 4
    assert min(first.wall_s, second.wall_s) >= 0


def test_the_machine_is_told() -> None:
    assert int(machine()["cores"]) >= 1
    assert machine()["python"].startswith("3.")


def test_every_benchmark_is_found_and_drawn() -> None:
    assert "bench_rebuild" in list(found([]))
    assert list(found(["rebuild"])) == ["bench_rebuild"]
    assert list(found(["nothing"])) == []
    assert table("rows", [Row("this", "1", "2", 0.5), Row("that", "3")]).row_count == 2


def test_nothing_to_run_is_valid_json() -> None:
    command = [sys.executable, "-m", "benchmarks", "nothing", "--json"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert json.loads(answer.stdout)["rows"] == {}


def capture(tmp_path: Path, write_capture: WriteCapture) -> Capture:
    data = {"s": "ABC", "E": 1, "U": 2, "u": 2, "pu": 1, "b": [["9.9", "1.5"]], "a": []}
    trade = {"s": "ABC", "E": 1, "t": 7, "p": "10.0", "q": "0.001", "m": True}
    book = {"lastUpdateId": 1, "bids": [["9.8", "2"]], "asks": [["10.1", "3"]]}
    rows = [
        (0, "rest_snapshot", json.dumps(book)),
        (1, "depth", json.dumps({"data": data})),
        (2, "bookTicker", "{}"),
        (3, "trade", json.dumps({"data": trade})),
    ]
    path = write_capture(tmp_path / "raw", rows)
    return Capture(path, Instrument("v-m-abc", "2000-01-01", 10**7, 10**5, "1", "A"), USDM)


def test_a_speed_is_printed_when_answers_agree(tmp_path: Path, write_capture: WriteCapture) -> None:
    rows = bench_rebuild._measured(capture(tmp_path, write_capture), tmp_path / "out")
    assert [bool(row.ratio) for row in rows] == [True, True, True, False, False]


def test_no_speed_is_printed_when_they_do_not(tmp_path: Path, write_capture: WriteCapture) -> None:
    with pytest.raises(RuntimeError, match="raw: 4 levels, orjson 0"):
        bench_rebuild._agree(capture(tmp_path, write_capture), tmp_path / "out", [])
