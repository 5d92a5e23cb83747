import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from shutil import copytree, ignore_patterns

import pyarrow.parquet as pq
import pytest
from numpy.random import default_rng

from benchmarks import bench_ks, bench_rebuild, bench_sliding
from benchmarks.__main__ import LONG, found, table
from benchmarks.bench_rebuild import Capture
from benchmarks.timing import Row, machine, rate, timed
from karat.messages import Instrument, Rebuilt
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
    assert set(LONG) < set(found([]))
    assert set(found([])) - set(found([], quick=True)) == set(LONG)
    assert list(found(["rebuild"])) == ["rebuild"]
    assert list(found([LONG[0]], quick=True)) == [LONG[0]], "who names one wants it"
    assert table("rows", [Row("this", "1", "2", 0.5), Row("that", "3")]).row_count == 2


def test_a_name_that_is_none_is_told() -> None:
    command = [sys.executable, "-m", "benchmarks", "nothing", "--json"]
    answer = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "there is no nothing; have beside, big_day, " in answer.stderr


BENCH = """
import os
from benchmarks.timing import Row

def run():
    {body}
    return [Row("what", "1 s", "2 s", 2.0)]
"""


@pytest.fixture
def benches(tmp_path: Path) -> Path:
    """Return a folder with the benchmarks package, of which three can be run: one is sound."""
    copy = tmp_path / "benchmarks"
    copytree(ROOT / "benchmarks", copy, ignore=ignore_patterns("bench_*.py", "__pycache__"))
    bodies = {"a": "raise RuntimeError('ours and the rival differ')", "b": "pass",
              "c": "os._exit(9)", "big_day": "raise RuntimeError('not asked for')"}  # fmt: skip
    for name, body in bodies.items():
        (copy / f"bench_{name}.py").write_text(BENCH.format(body=body))
    return tmp_path


def test_one_that_fails_or_dies_is_told_and_the_rest_go_on(benches: Path) -> None:
    command = [sys.executable, "-m", "benchmarks", "--quick", "--json"]
    answer = subprocess.run(command, check=False, cwd=benches, capture_output=True, text=True)
    assert answer.returncode == 1
    assert [[*one["rows"]] for one in json.loads(answer.stdout).values()] == [
        [{"what": "what", "ours": "1 s", "rival": "2 s", "ratio": 2.0, "goal": None}]
    ]
    assert "ours and the rival differ" in answer.stderr
    assert "no result of a, c: told above" in answer.stderr
    assert "not asked for" not in answer.stderr


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
    with pytest.raises(RuntimeError, match=r"raw: levels, prices, sizes \(4, .*orjson \(0, 0, 0"):
        bench_rebuild._agree(capture(tmp_path, write_capture), tmp_path / "out", [])


@pytest.mark.parametrize(
    ("was", "now"),
    [('"1.5"', '"1.4"'), ('"9.9"', '"9.7"'), ('"0.001"', '"0.002"'), ('["9.9", "1.5"]', "")],
    ids=["size", "price", "trade", "level"],
)
def test_one_wrong_number_is_enough(
    tmp_path: Path, write_capture: WriteCapture, was: str, now: str
) -> None:
    sound = capture(tmp_path, write_capture)
    rows = pq.read_table(sound.path).to_pylist()
    texts = [row["payload"] for row in rows if row["stream"] in bench_rebuild.STREAMS]
    assert bench_rebuild._agree(sound, tmp_path / "out", texts) == 1
    wrong = [text.replace(was, now) for text in texts]
    assert wrong != texts
    with pytest.raises(RuntimeError, match="raw: levels, prices, sizes"):
        bench_rebuild._agree(sound, tmp_path / "out", wrong)


def test_a_rebuild_that_loses_a_message_has_no_speed(
    tmp_path: Path, write_capture: WriteCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = capture(tmp_path, write_capture)
    rebuilt = bench_rebuild._rebuild

    def losing(capture: Capture, out: Path) -> Rebuilt:
        built = rebuilt(capture, out)
        return replace(built, counts=built.counts | {"levels": 0})

    monkeypatch.setattr(bench_rebuild, "_rebuild", losing)
    with pytest.raises(RuntimeError, match=r"raw: \{.*\} in the book, orjson 4"):
        bench_rebuild._measured(sound, tmp_path / "out")


def test_sliding_and_one_off_distances_agree_with_scipy() -> None:
    assert all(row.ratio for row in bench_ks.run(3000, 2000))
    golden, values = default_rng(1).integers(0, 99, (2, 900))
    assert bench_sliding._measured("", golden, values, 300).ratio
    tied, apart = bench_sliding._river_rows()
    assert apart.ours == apart.rival
    assert float(tied.rival) > 5 * float(tied.ours)


def test_a_wrong_distance_has_no_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_ks, "_rival", lambda *_: 0.9)
    with pytest.raises(RuntimeError, match="differ"):
        bench_ks.run(300, 200)
    monkeypatch.setattr(bench_sliding, "_scipy", lambda *_: 0.9)
    golden, values = default_rng(1).integers(0, 99, (2, 900))
    with pytest.raises(RuntimeError, match="scipy"):
        bench_sliding._measured("", golden, values, 300)
