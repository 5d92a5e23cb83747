"""Scores over time: heights, shapes, q and the days they were calibrated on."""

import datetime as dt
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex

from karat.report import render, score_plot
from karat.report.looks import LOOKS, Mark
from karat.verdicts import Finding, Outcome, Verdict
from karat.verdicts.verdict import Inputs, Number

NAME = "binance-spot-btcusdt"
START = dt.date(2024, 3, 1)
GREY = "calibration day"


def verdict(
    day: int,
    low: float | None,
    high: float | None = None,
    q: float | None = 2.0,
    name: str = NAME,
) -> Verdict:
    numbers: dict[str, Number] = {}
    outcome = Outcome.INCONCLUSIVE
    if low is not None and q is not None:
        high = low if high is None else high
        numbers = {"score": low, "score_high": high, "q": q}
        outcome = Outcome.FAIL if low > q else Outcome.PASS if high <= q else outcome
    other = Finding("paired", "gate", "census", Outcome.FAIL, "", {"score": 99.0})
    found = Finding("unpaired", "warn", "score", outcome, "", numbers)
    partition = f"{name}/{START + dt.timedelta(day)}"
    return Verdict(Inputs("events", partition, "", (), "", "", "", "", 1), (other, found))


def marks(figure: Any) -> dict[str, list[list[float]]]:
    """Return the places of marks by what the legend calls them."""
    wanted = {GREY, *Mark, *(f"{mark}, no score" for mark in Mark)}
    lines = [line for line in figure.axes[0].lines if line.get_gid() in wanted]
    return {line.get_gid(): line.get_xydata().tolist() for line in lines}


def title(figure: Any) -> str:
    return str(figure.texts[0].get_text())


SCORES = st.lists(st.tuples(st.floats(0.5, 4), st.floats(0, 1)), min_size=2, max_size=30)


@settings(max_examples=15)
@given(found=SCORES)
def test_scores_stand_at_their_day_and_height(found: list[tuple[float, float]]) -> None:
    verdicts = [verdict(day, low, low + wide) for day, (low, wide) in enumerate(found)]
    figure = score_plot(verdicts)
    first = (START - dt.date(1970, 1, 1)).days
    wanted: dict[str, list[list[float]]] = {}
    for day, (low, wide) in enumerate(found):
        mark = "FAIL" if low > 2 else "PASS" if low + wide <= 2 else "INCONCLUSIVE"
        wanted.setdefault(mark, []).append([first + day, (low + low + wide) / 2])
    drawn = marks(figure)
    assert drawn.keys() == wanted.keys()
    assert all(np.allclose(drawn[mark], wanted[mark]) for mark in wanted)
    shades: list[Any] = list(figure.axes[0].collections)
    bars = [bar for shade in shades for bar in shade.get_segments()]
    ends = sorted((bar[0][0], bar[0][1], bar[1][1]) for bar in bars)
    certain = [(first + d, low, low + w) for d, (low, w) in enumerate(found) if low < low + w]
    assert np.allclose(ends, certain)
    low, high = figure.axes[0].get_ylim()
    assert low < 0 < max(a + b for a, b in found) < high


def test_colour_and_shape_follow_the_outcome() -> None:
    figure = score_plot([verdict(0, 1.0), verdict(1, 3.0), verdict(2, 1.9, 2.1)])
    for line in figure.axes[0].lines:
        if line.get_gid() in set(Mark):
            look = LOOKS[Mark(str(line.get_gid()))]
            assert (to_hex(line.get_color()), line.get_marker()) == (look.colour, look.marker)
    assert set(marks(figure)) == {"PASS", "FAIL", "INCONCLUSIVE"}
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["q = 2", "PASS", "FAIL", "INCONCLUSIVE"]


def test_one_q_is_a_line_and_several_are_steps() -> None:
    def q(figure: Any) -> Any:
        (line,) = [line for line in figure.axes[0].lines if line.get_gid() == "q"]
        return line

    one = q(score_plot([verdict(day, 1.0) for day in range(3)]))
    assert list(one.get_ydata()) == [2.0, 2.0]
    moved = score_plot([verdict(0, 1.0), verdict(1, 1.0, q=2.5), verdict(2, None)])
    assert q(moved).get_ydata().tolist() == [2.0, 2.5]
    assert moved.legends[0].get_texts()[0].get_text() == "q = 2.5 at last"


def test_calibration_days_are_grey_and_give_way_to_verdicts() -> None:
    days = {
        f"{NAME}/{START - dt.timedelta(day)}": (1 + day / 10, 1.2 + day / 10) for day in range(5)
    }
    figure = score_plot([verdict(0, 1.0)], calibration=days, false_alarms=(Fraction(1, 400), 0.15))
    assert len(marks(figure)[GREY]) == 4
    assert len(marks(figure)["PASS"]) == 1
    assert figure.texts[1].get_text() == (
        "1 PASS · 4 calibration days · 0.25..15 % of healthy ones lie above q"
    )
    alone = score_plot([], calibration=days)
    assert title(alone) == "Calibration days only: nothing was judged by them yet"
    assert len(marks(alone)[GREY]) == 5


def test_the_title_is_the_finding() -> None:
    assert title(score_plot([verdict(0, 3.0), verdict(1, 9.0), verdict(2, 1.0)])) == (
        "2 of 3 partitions above q, the newest on 2024-03-02"
    )
    assert title(score_plot([verdict(0, 1.0), verdict(1, 1.0)])) == (
        "None of 2 partitions certainly above q"
    )
    assert title(score_plot([verdict(0, None), verdict(1, None)])) == (
        "None of 2 partitions has a score"
    )
    assert title(score_plot([verdict(0, 1.0, 1.25)])) == (
        "2024-03-01: PASS, score 1..1.25 against q 2"
    )
    assert title(score_plot([verdict(0, 3.0)])) == "2024-03-01: FAIL, score 3 against q 2"
    assert title(score_plot([verdict(0, None)])) == "2024-03-01: INCONCLUSIVE, no score"


def test_the_last_verdict_of_a_partition_counts() -> None:
    figure = score_plot([verdict(0, 9.0), verdict(1, 1.0), verdict(0, 1.5)])
    assert set(marks(figure)) == {"PASS"}


def test_without_a_score_a_mark_is_hollow_at_the_foot() -> None:
    figure = score_plot([verdict(0, 1.0), verdict(1, None)])
    ((_, y),) = marks(figure)["INCONCLUSIVE, no score"]
    low, high = figure.axes[0].get_ylim()
    assert low < y < 0 < high
    (hollow,) = [line for line in figure.axes[0].lines if "no score" in str(line.get_gid())]
    assert hollow.get_markerfacecolor() == "white"


def test_far_scores_are_logarithmic_and_zeros_stay_in_sight() -> None:
    figure = score_plot([verdict(0, 0.0), verdict(1, 1.0), verdict(2, 5_000.0)])
    axes = figure.axes[0]
    assert axes.get_yscale() == "log"
    low, high = axes.get_ylim()
    heights = [y for places in marks(figure).values() for _, y in places]
    assert len(heights) == 3
    assert all(low < y < high for y in heights)
    assert score_plot([verdict(0, 1.0), verdict(1, 5.0)]).axes[0].get_yscale() == "linear"


def test_instruments_stand_side_by_side_under_their_names() -> None:
    names = ["a-b-c", "a-b-d", "a-b-e"]
    figure = score_plot([verdict(day, 1.0, name=name) for day in range(4) for name in names])
    places = marks(figure)["PASS"]
    assert [x for x, _ in places] == list(range(12))
    axes = figure.axes[0]
    labels = [(tick, label.get_text()) for tick, label in
              zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)]  # fmt: skip
    assert labels == [(1.5, "a-b-c"), (5.5, "a-b-d"), (9.5, "a-b-e")]


def test_undated_partitions_stand_in_order() -> None:
    found = verdict(0, 1.0).findings
    given = [Verdict(Inputs("e", f"run {n}", "", (), "", "", "", "", 1), found) for n in (3, 1, 2)]
    figure = score_plot(given)
    assert [x for x, _ in marks(figure)["PASS"]] == [0, 1, 2]
    labels = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert labels == ["run 1", "run 2", "run 3"]


def test_only_the_newest_are_drawn() -> None:
    figure = score_plot([verdict(day, 1.0, 1.1) for day in range(500)])
    assert len(marks(figure)["PASS"]) == 400
    assert figure.texts[1].get_text() == "400 PASS · 100 older ones not shown"
    assert len(render(figure, "png")) < 60_000
    assert len(render(figure, "svg")) < 200_000


def test_nothing_says_so() -> None:
    only_paired = Verdict(verdict(0, 1.0).inputs, verdict(0, 1.0).findings[:1])
    for figure in (score_plot([]), score_plot([only_paired])):
        assert title(figure) == "No scores yet"
        assert marks(figure) == {}
