"""Windows against every window written out: user functions, returns, waiting times, ratios."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from numpy.typing import NDArray

from karat.distances import ks, variance_ratio_distance
from karat.errors import CorruptError, InputError
from karat.states import (
    ACF,
    Categories,
    Difference,
    Even,
    InterArrival,
    MinimumValues,
    Movement,
    NGramSketch,
    PowerSums,
    ReferenceCounts,
    Returns,
    VarianceRatio,
    Windowed,
    differences,
)
from karat.states.encoding import Writer

LEAST, MOST = -(2**63), 2**63 - 1
Int64s = NDArray[np.int64]
few = settings(max_examples=40, deadline=None, database=None)


@dataclass(frozen=True)
class Response:
    """A user's own function of two columns: the sign of the first row times the move after it."""

    def key(self) -> str:
        return "response/1"

    def __call__(self, rows: Int64s, width: int) -> Int64s:
        last = len(rows) - width + 1
        return rows[:last, 0] * (rows[width - 1 :, 1] - rows[:last, 1])


def counts(state: Any) -> dict[int, int]:
    return dict(zip(state.cells.tolist(), state.counts.tolist(), strict=True))


def moves(values: list[int], rows: int) -> list[int]:
    exact = [b - a for a, b in zip(values, values[rows:], strict=False)]
    return [min(max(move, LEAST), MOST) for move in exact]


@few
@given(
    st.lists(st.tuples(st.sampled_from([-1, 1]), st.integers(-3, 3)), max_size=30),
    st.integers(1, 6),
    st.lists(st.integers(0, 30), max_size=4),
)
def test_every_window_of_several_columns_counts_once(
    rows: list[tuple[int, int]], width: int, cuts: list[int]
) -> None:
    stat = Windowed(width, Response(), Categories())
    array = np.array(rows, np.int64).reshape(-1, 2)
    parts = np.split(array, sorted(min(cut, len(rows)) for cut in cuts))
    state = reduce(stat.merge, [stat.observe(part[:, 0], part[:, 1]) for part in parts])
    windows = [rows[at : at + width] for at in range(len(rows) - width + 1)]
    assert counts(state.inner) == Counter(w[0][0] * (w[-1][1] - w[0][1]) for w in windows)
    assert state.count == len(rows)
    assert state.head == tuple(rows[: width - 1])
    assert state.tail == tuple(rows[max(len(rows) - width + 1, 0) :])


def test_a_tree_of_single_rows_equals_one_pass() -> None:
    stat, rng = Windowed(4, Response(), PowerSums()), default_rng(5)
    columns = rng.integers(-1, 2, 200), rng.integers(-9, 9, 200)
    states = [stat.observe(*(c[at : at + 1] for c in columns)) for at in range(200)]
    while len(states) > 1:
        states = [reduce(stat.merge, states[at : at + 2]) for at in range(0, len(states), 2)]
    assert states[0] == stat.observe(*columns)


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_returns_are_differences_over_rows(rows: int) -> None:
    values = default_rng(rows).integers(-50, 50, 300).cumsum()
    state = Returns(rows, Categories()).observe(values)
    assert counts(state.inner) == Counter(moves(values.tolist(), rows))


@few
@given(st.lists(st.sampled_from([LEAST, LEAST + 1, -1, 0, 1, MOST - 1, MOST]), max_size=12))
def test_differences_beyond_int64_are_the_extremes(values: list[int]) -> None:
    column = np.array(values, np.int64)
    for rows in (1, 3):
        assert differences(column, rows).tolist() == moves(values, rows)
        state = Returns(rows, Categories()).observe(column)
        assert counts(state.inner) == Counter(moves(values, rows))


def test_returns_in_golden_cells_measure_ks_against_scipy() -> None:
    from scipy.stats import ks_2samp

    rng = default_rng(8)
    golden, ours = (rng.integers(-2, 3, size).cumsum() for size in (900, 700))
    stat = Returns(5, ReferenceCounts.from_golden(differences(golden, 5), None))
    parts = [stat.observe(part) for part in np.split(ours, [3, 4, 350])]
    cells = stat.counted
    assert isinstance(cells, ReferenceCounts)
    expected = ks_2samp(golden[5:] - golden[:-5], ours[5:] - ours[:-5]).statistic
    assert ks(cells, reduce(stat.merge, parts).inner).value == pytest.approx(expected, abs=1e-12)


def test_waiting_times_take_times_and_steps_back() -> None:
    times = pa.array([5, 5, 9, 2], pa.timestamp("ns"))
    state = InterArrival(Categories()).observe(times)
    assert counts(state.inner) == {0: 1, 4: 1, -7: 1}


def test_waiting_times_are_returns_over_one_row() -> None:
    values = default_rng(4).integers(0, 9, 50).cumsum()
    one = InterArrival(Categories()).observe(values)
    assert one == Returns(1, Categories()).observe(values)


@few
@given(st.lists(st.integers(-(2**40), 2**40), max_size=25), st.integers(1, 5))
def test_the_variance_ratio_is_its_definition(values: list[int], steps: int) -> None:
    def variance(sample: list[int]) -> Fraction:
        mean = Fraction(sum(sample), len(sample))
        return sum(((x - mean) ** 2 for x in sample), Fraction(0)) / len(sample)

    ratio = VarianceRatio(steps).observe(np.array(values, np.int64)).ratio()
    single, several = moves(values, 1), moves(values, steps)
    if not several or not variance(single):
        assert ratio is None
    else:
        assert ratio == variance(several) / (steps * variance(single))


def test_the_variance_ratio_sees_what_turns_back() -> None:
    rng = default_rng(2)
    walk = rng.choice([-1, 1], 20_000).cumsum()
    stat = VarianceRatio(10)
    plain, bounced = stat.observe(walk), stat.observe(10 * walk + rng.integers(-20, 21, 20_000))
    ratios = plain.ratio(), bounced.ratio()
    assert ratios[0] == pytest.approx(1, abs=0.1)
    assert ratios[1] is not None
    assert ratios[1] < Fraction(1, 2)
    distance = variance_ratio_distance(bounced, plain)
    assert distance.exact
    assert distance.exceeds(0.4)
    assert distance.count == 20_000


def test_variance_ratios_that_cannot_be_compared() -> None:
    stat = VarianceRatio(2)
    still, moving = stat.observe(np.full(9, 4)), stat.observe(np.arange(9) ** 2)
    assert variance_ratio_distance(still, moving).count == 0
    with pytest.raises(InputError, match="must be equal"):
        variance_ratio_distance(moving, VarianceRatio(3).observe(np.arange(9)))


WRONG: dict[str, Callable[[], Any]] = {
    "no rows in a window": lambda: Windowed(0, Difference(), Categories()),
    "returns over no row": lambda: Returns(0, Categories()),
    "ratio over no row": lambda: VarianceRatio(0),
    "grams of no row": lambda: NGramSketch(0),
    "a sketch of nothing": lambda: NGramSketch(2, 0),
    "no smallest values": lambda: MinimumValues(0),
    "differences over no row": lambda: differences(np.arange(3), 0),
}


def test_memory_of_moves_is_that_of_the_moves() -> None:
    prices = np.random.default_rng(3).integers(-4, 5, 60).cumsum()
    state = Windowed(3, Movement(), ACF(2)).observe(prices)
    assert state.inner == ACF(2).observe(np.abs(prices[2:] - prices[:-2]))
    far = np.array([np.iinfo(np.int64).min, 0, np.iinfo(np.int64).max])
    assert Movement()(far[:, None], 2).tolist() == [2**63 - 1, 2**63 - 1]


def test_even_steps_are_even_though_they_were_rounded() -> None:
    for span in (1_000, 999_983, 10**9 + 7):
        times = np.rint(np.linspace(0, span, 100)).astype(np.int64)
        assert Even()(times[:, None], 3).all()
    assert Even()(np.array([0, 5, 10, 17, 18, 20])[:, None], 3).tolist() == [1, 0, 0, 1]
    far = np.array([LEAST, MOST, LEAST, 0, LEAST])[:, None]
    assert Even()(far, 3).tolist() == [0, 0, 0]


@pytest.mark.parametrize("name", WRONG)
def test_wrong_parameters_are_refused_at_once(name: str) -> None:
    with pytest.raises(InputError, match="at least 1"):
        WRONG[name]()


@pytest.mark.parametrize(
    ("columns", "match"),
    [
        ((), "no column"),
        ((np.arange(3), np.arange(4)), "one length"),
        ((np.array([1.5, 2.0]),), "floats"),
        ((pa.array([1, None]),), "null at row 1"),
        ((np.arange(3), np.arange(3)), "one column"),
    ],
)
def test_wrong_columns_are_refused(columns: tuple[Any, ...], match: str) -> None:
    with pytest.raises(InputError, match=match):
        Returns(1, Categories()).observe(*columns)


@pytest.mark.parametrize(
    ("count", "columns", "head", "tail"),
    [(-1, 1, [], []), (5, 1, [1], [1, 2]), (2, 1, [1, 2], [1, 3]), (0, 1, [], []), (9, 0, [], [])],
)
def test_ends_that_do_not_belong_to_the_count_are_corrupt(
    count: int, columns: int, head: list[int], tail: list[int]
) -> None:
    inner = Categories().encode(Categories().empty())
    writer = Writer(1).integers(count, columns)
    for rows in (head, tail):
        writer.array(np.array(rows, np.int64))
    with pytest.raises(CorruptError, match="windowed"):
        Windowed(3, Difference(), Categories()).decode(writer.nested(inner).data())
