"""Candidate against golden: what is drawn is what the states say."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.colors import to_hex

from karat.distances import ks
from karat.report import ecdf_plot, render
from karat.report.looks import CANDIDATE, GOLDEN
from karat.report.steps import candidate_steps, golden_steps
from karat.states import ReferenceCounts

RNG = np.random.default_rng(3)
SIZES = np.maximum(RNG.lognormal(4, 1.6, 20_000), 1).astype(np.int64)
OTHERS = np.maximum(RNG.lognormal(4.1, 1.7, 3_000), 1).astype(np.int64)


def drawn(golden: Any, rows: Any, cells: int | None = None, **words: Any) -> Any:
    stat = ReferenceCounts.from_golden(golden, cells)
    return ecdf_plot(stat, stat.observe(rows), name="size_lots", unit="lots", **words)


def line(figure: Any, gid: str) -> Any:
    (found,) = [one for one in figure.axes[0].lines if one.get_gid() == gid]
    return found


def boxes(figure: Any, colour: str) -> list[Any]:
    """Return the corners of what is shaded in a colour."""
    shades = [c for c in figure.axes[0].collections if c.get_gid() == "uncertain"]
    mine = [c for c in shades if to_hex(c.get_facecolor()[0]) == colour]
    return [path.vertices[:4] for c in mine for path in c.get_paths()]


def title(figure: Any) -> str:
    return str(figure.texts[0].get_text())


@pytest.mark.parametrize("cells", [None, 24, 2])
def test_lines_run_through_the_counted_shares(cells: int | None) -> None:
    stat = ReferenceCounts.from_golden(SIZES, cells)
    state = stat.observe(OTHERS)
    figure = ecdf_plot(stat, state, name="size_lots")
    left, right = figure.axes[0].get_xlim()
    wanted = {"golden": golden_steps(stat), "candidate": candidate_steps(stat, state)}
    for who, steps in wanted.items():
        known = set(zip(steps.at(left, right).tolist(), steps.share.tolist(), strict=True))
        assert set(map(tuple, line(figure, who).get_xydata().tolist())) <= known
        assert line(figure, who).get_ydata()[[0, -1]].tolist() == [0, 1]


def test_few_steps_are_all_drawn() -> None:
    figure = drawn(np.array([1, 2, 2, 4]), np.array([2, 4, 4, 4]))
    golden = line(figure, "golden").get_xydata()[1:-1].tolist()
    assert golden == [[1, 0], [1, 0.25], [2, 0.25], [2, 0.75], [4, 0.75], [4, 1]]
    candidate = line(figure, "candidate").get_xydata()[1:-1].tolist()
    assert [1, 0] in candidate
    assert candidate[-4:] == [[2, 0], [2, 0.25], [4, 0.25], [4, 1]]


SMALL = arrays(np.int64, st.integers(1, 40), elements=st.integers(-9, 9))


@settings(max_examples=15)
@given(golden=SMALL, rows=SMALL, cells=st.one_of(st.none(), st.integers(1, 5)))
def test_the_mark_stands_where_ks_is_attained(golden: Any, rows: Any, cells: Any) -> None:
    stat = ReferenceCounts.from_golden(golden, cells)
    distance = ks(stat, stat.observe(rows))
    figure = drawn(golden, rows, cells)
    marks = [one for one in figure.axes[0].lines if one.get_gid() == "D"]
    assert len(marks) == (distance.lower > 0)
    for mark in marks:
        (x, other), ends = mark.get_xdata(), mark.get_ydata()
        assert x == other
        assert x in stat.points
        assert abs(abs(ends[0] - ends[1]) - distance.low) < 1e-12
        at, below = ((side(rows, x).mean(), side(golden, x).mean())
                     for side in (np.less_equal, np.less))  # fmt: skip
        assert max(abs(a - b) for a, b in (at, below)) >= distance.low - 1e-12


@settings(max_examples=15)
@given(golden=SMALL, rows=SMALL, cells=st.integers(1, 3))
def test_the_truth_lies_within_the_shade(golden: Any, rows: Any, cells: int) -> None:
    figure = drawn(golden, rows, cells)
    for values, colour in ((golden, GOLDEN), (rows, CANDIDATE)):
        for box in boxes(figure, colour):
            (left, low), (right, high) = box.min(axis=0), box.max(axis=0)
            assert low < high
            for x in np.linspace(left, right, 7)[1:-1]:
                assert low - 1e-9 <= (values <= x).mean() <= high + 1e-9


def test_only_what_is_unknown_is_shaded() -> None:
    exact = drawn(SIZES, SIZES[:3_000])
    assert not boxes(exact, GOLDEN)
    assert not boxes(exact, CANDIDATE)
    between = drawn(np.array([1, 9]), np.array([1, 5, 9]))
    assert not boxes(between, GOLDEN)
    (box,) = boxes(between, CANDIDATE)
    assert np.allclose([box.min(axis=0), box.max(axis=0)], [[1, 1 / 3], [9, 2 / 3]])
    coarse = drawn(SIZES, OTHERS, 24)
    assert len(boxes(coarse, GOLDEN)) > 10
    assert len(boxes(coarse, CANDIDATE)) > 10


def test_the_title_is_the_finding() -> None:
    assert title(drawn(np.array([1, 2, 3, 4]), np.array([3, 4]))) == (
        "size_lots: D = 0.5 at 2 lots, n 2"
    )
    assert "at 1 lot," in title(drawn(np.array([1, 1, 2]), np.array([2, 2])))
    golden = np.repeat([1024, 2048], 500)
    assert " at 1,024 lots, n 1,500" in title(drawn(golden, np.full(1_500, 2048)))
    assert title(drawn(SIZES, SIZES)) == "size_lots: D = 0, n 20,000"


def test_a_bracket_holds_the_exact_distance() -> None:
    words = title(drawn(SIZES, OTHERS, 24)).split("D = ")[1]
    low, high = (float(part) for part in words.split()[0].split(".."))
    full = ReferenceCounts.from_golden(SIZES, None)
    exact = ks(full, full.observe(OTHERS))
    assert exact.exact
    assert low <= exact.value <= high
    assert high - low < 1 / 24 + 0.002


def test_just_below_and_at_are_told_apart() -> None:
    golden = np.array([1, 5, 5, 5, 9])
    stat = ReferenceCounts.from_golden(golden, None)
    figure = ecdf_plot(stat, stat.observe(np.array([3, 3, 3, 5, 9])), name="x")
    assert "D = 0.4 just below 5, n 5" in title(figure)
    assert line(figure, "D").get_ydata().tolist() == pytest.approx([0.2, 0.6])


def test_the_line_below_tells_rows_nulls_and_scale() -> None:
    stat = ReferenceCounts.from_golden(np.array([1.0, 2.0]), None)
    state = stat.observe(np.array([2.0, 2.0, np.nan]))
    figure = ecdf_plot(stat, state, name="x", scale=Fraction(1, 10))
    words = figure.texts[1].get_text().split(" · ")
    assert words == [
        "golden 2 rows in 5 cells",
        "candidate 2 rows",
        "1 without a value",
        "scale 0.1, D / scale 5",
    ]


def test_a_long_unit_stays_out_of_the_title() -> None:
    stat = ReferenceCounts.from_golden(np.array([1, 2]), None)
    state = stat.observe(np.array([2, 2]))
    figure = ecdf_plot(stat, state, name="side", unit="1 bid -1 ask 0 none")
    assert title(figure) == "side: D = 0.5 at 1, n 2"
    assert figure.axes[0].get_xlabel() == "side (1 bid -1 ask 0 none)"


AXES = {
    "log": SIZES,
    "symlog": np.round(RNG.standard_t(1.5, 5_000) * 5).astype(np.int64),
    "linear": 634_000 + RNG.integers(0, 400, 500),
}


@pytest.mark.parametrize("scale", AXES)
def test_the_axis_fits_the_range(scale: str) -> None:
    values = AXES[scale]
    axes = drawn(values, values[:100]).axes[0]
    assert axes.get_xscale() == scale
    left, right = axes.get_xlim()
    assert left < values.min() <= values.max() < right


def test_no_rows_leave_golden_alone() -> None:
    figure = drawn(SIZES, SIZES[:0], scale=Fraction(1, 50))
    assert title(figure) == "size_lots: no rows to compare with golden"
    assert [one.get_gid() for one in figure.axes[0].lines] == ["golden"]
    assert "D / scale" not in figure.texts[1].get_text()


NOTHING = [(SIZES[:0], "no values"), (np.array([np.inf, -np.inf]), "one cell"), (SIZES, "one cell")]


@pytest.mark.parametrize(("golden", "why"), NOTHING)
def test_no_golden_says_so(golden: Any, why: str) -> None:
    stat = ReferenceCounts.from_golden(golden, 1)
    figure = ecdf_plot(stat, stat.empty(), name="size_lots")
    assert title(figure) == "size_lots: nothing to compare with"
    assert why in figure.axes[0].texts[0].get_text()
    assert not figure.axes[0].lines


WILD = [
    np.array([5]),
    np.array([0, 0]),
    np.array([-(2**63), 0, 2**63 - 1]),
    np.array([1, 2**63 - 1]),
    np.array([-1e300, 0.0, 1e300]),
    np.array([1e-100, 1.0, 1e100]),
    np.array([-np.inf, 1.0, 2.0, np.inf]),
    np.array([0.1 + 1e-17, 0.1]),
]


@pytest.mark.parametrize("golden", WILD, ids=str)
def test_no_values_are_too_wild(golden: Any) -> None:
    assert render(drawn(golden, golden[:1]), "png").startswith(b"\x89PNG")
    assert b"</svg>" in render(drawn(golden, golden[-1:]), "svg")


@pytest.mark.parametrize("cells", [4096, 1024, None])
def test_pictures_are_small(cells: int | None) -> None:
    rng = np.random.default_rng(1)
    golden, rows = rng.normal(size=100_000), rng.standard_t(3, size=40_000)
    figure = drawn(golden, rows, cells, scale=Fraction(1, 90))
    assert len(render(figure, "png")) < 60_000
    assert len(render(figure, "svg")) < 200_000
