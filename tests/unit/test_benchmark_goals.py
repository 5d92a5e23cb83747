"""What benchmarks say of their goals, keep in a document, and draw."""

import json
from math import inf
from pathlib import Path
from types import ModuleType, SimpleNamespace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import chart, document
from benchmarks.goals import Goal
from benchmarks.timing import Row, spread_of

POSITIVE = st.floats(0.001, 1e6)


@given(POSITIVE, POSITIVE, st.booleans())
def test_a_goal_is_met_when_it_is_once_or_more_as_good(
    value: float, must: float, least: bool
) -> None:
    goal = Goal(value, must, unit="ms", least=least)
    assert goal.met == (goal.times >= 1)
    assert Goal(must, value, least=least).times * goal.times == pytest.approx(1)


@given(POSITIVE, POSITIVE, POSITIVE, st.booleans())
def test_more_is_better_or_less_is(first: float, second: float, must: float, least: bool) -> None:
    better, worse = max(first, second), min(first, second)
    better, worse = (better, worse) if least else (worse, better)
    assert Goal(better, must, least=least).times >= Goal(worse, must, least=least).times


def test_nothing_read_is_asked_and_reached_by_nothing_alone() -> None:
    none, some = Goal(0, 0, unit="bytes"), Goal(1, 0, unit="bytes")
    assert (none.met, none.times, some.met, some.times) == (True, 1, False, 0)
    assert Goal(0, 5).times == inf
    assert Goal(0, 5).plain()["times"] is None
    assert Goal(-1.5, 3).times == inf, "less than nothing is better than that"


def test_a_goal_says_whether_it_is_met() -> None:
    assert str(Goal(3, 50, 5, "ms")) == "moonshot met (must <= 50 ms, moonshot <= 5 ms)"
    assert str(Goal(30, 50, 5, "ms")) == "met (must <= 50 ms, moonshot <= 5 ms)"
    assert str(Goal(30, 40, least=True)) == "NOT MET (must >= 40)"
    assert Goal(30, 40, 80, least=True).moonshot_times == 2
    assert Goal(30, 40).moonshot_times is None


def test_spread_is_of_the_runs_themselves() -> None:
    calls: list[int] = []
    middle, late, _ = spread_of(lambda: calls.append(1), runs=7)
    assert len(calls) == 7
    assert 0 <= middle <= late


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """Return the rows of a benchmark called ``tried``."""
    rows = [
        Row("fast enough & far", "3 ms", goal=Goal(3, 50, 5, "ms")),
        Row("far too slow", "9 s", "1 s", 0.1, Goal(9, 0.1, unit="s")),
        Row("beyond the paper", "1 us", goal=Goal(1e-6, 1)),
        Row("nobody asked", "1"),
    ]
    module: ModuleType | SimpleNamespace = SimpleNamespace(run=lambda: rows)
    monkeypatch.setattr(document, "import_module", lambda name: {"benchmarks.bench_tried": module}[name])  # fmt: skip  # noqa: E501
    return rows


def test_the_document_keeps_what_was_measured_elsewhere(tmp_path: Path, bench: list[Row]) -> None:
    path = tmp_path / "benchmarks.json"
    rows, measured = document.run("tried")
    assert rows == bench
    assert {"machine", "wall_s", "cpu_s", "rows"} == set(measured)
    document.write({"other": {"rows": []}, "tried": {"rows": []}}, path)
    held = document.write({"tried": measured}, path)
    assert held == json.loads(path.read_text())
    assert list(held) == ["other", "tried"]
    assert [row["goal"] and row["goal"]["met"] for row in held["tried"]["rows"]] == [
        True, False, True, None]  # fmt: skip


def test_the_chart_shows_every_number_that_is_asked_for(tmp_path: Path, bench: list[Row]) -> None:
    assert bench
    _, measured = document.run("tried")
    shown = list(chart.bars(json.loads(json.dumps({"tried": measured}))))
    assert [bar.goal for bar in shown] == [row.goal for row in bench if row.goal]
    files = [tmp_path / name for name in ("a.svg", "b.svg")]
    for path in files:
        chart.draw(shown, path)
    assert files[0].read_bytes() == files[1].read_bytes()
    texts = [text.strip() for text in ET.parse(files[0]).getroot().itertext()]  # noqa: S314
    assert "2 of 3 numbers are as good as they must be" in texts
    assert {"tried: fast enough & far", "3 ms", "tried: far too slow", "9 s"} <= set(texts)
    assert "tried: nobody asked" not in texts


def test_a_chart_of_nothing_is_a_picture(tmp_path: Path) -> None:
    chart.draw([], tmp_path / "none.svg")
    assert "0 of 0" in (tmp_path / "none.svg").read_text()
