"""Wasserstein-1 against the area between two step functions, scipy, and its certificate."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from itertools import combinations_with_replacement, pairwise

import numpy as np
import pytest
from numpy.random import default_rng
from scipy.stats import wasserstein_distance

from karat.distances import Distance, wasserstein
from karat.errors import CorruptError, InputError
from karat.states import GapSums, ReferenceCounts
from karat.states.encoding import Writer
from tests.laws.two_samples import DRAWS, LEAST, MOST, Values, whole


def area(golden: list[int], rows: list[int]) -> Fraction:
    def share(side: list[int], limit: int) -> Fraction:
        return Fraction(sum(x <= limit for x in side), len(side))

    steps = pairwise(sorted({*golden, *rows}))
    return sum(((b - a) * abs(share(golden, a) - share(rows, a)) for a, b in steps), Fraction(0))


def found(golden: Values, rows: Values, cells: int | None) -> Distance:
    stat = GapSums(ReferenceCounts.from_golden(golden, cells))
    return wasserstein(stat, stat.observe(golden), stat.observe(rows))


def test_with_all_values_among_the_points_it_is_the_area() -> None:
    for seed in range(DRAWS):
        golden, rows = whole(default_rng(seed))
        cells = ReferenceCounts.from_golden(np.append(golden, rows), None)
        one = wasserstein(GapSums(cells), *(GapSums(cells).observe(x) for x in (golden, rows)))
        true = area(golden.tolist(), rows.tolist())
        assert one == Distance(true, true, rows.size)


@pytest.mark.parametrize("cells", [None, 1, 2, 5])
def test_the_area_lies_between(cells: int | None) -> None:
    exact = 0
    for seed in range(DRAWS):
        golden, rows = whole(default_rng(seed))
        one, true = found(golden, rows, cells), area(golden.tolist(), rows.tolist())
        if not one.count:
            assert not ReferenceCounts.from_golden(golden, cells).points.size
            continue
        assert 0 <= one.lower <= true <= one.upper
        exact += one.exact
        beyond = rows.max() < golden.min() or rows.min() > golden.max()
        assert one.exact or cells or not beyond
    assert exact >= DRAWS // 10


def test_equal_rows_are_no_distance_and_moved_ones_what_they_moved() -> None:
    values = default_rng(1).integers(0, 50, 200)
    for cells in (None, 60):
        assert found(values, values.repeat(3), cells) == Distance(Fraction(0), Fraction(0), 600)
    for by in (1, -1, 7):
        moved = found(values, values + by, None)
        assert moved.lower <= abs(by) <= moved.upper
    assert found(values, values + 1, None) == Distance(Fraction(1), Fraction(1), 200)


def test_rows_that_cross_golden_inside_a_gap_are_between_bounds_that_are_met() -> None:
    golden = np.array([0, 10])
    middle, apart = found(golden, np.array([5, 5]), None), found(golden, np.array([1, 9]), None)
    assert (middle.lower, middle.upper) == (apart.lower, apart.upper)
    assert [area([0, 10], rows) for rows in ([1, 9], [5, 5])] == [1, 5]
    assert middle == Distance(Fraction(1), Fraction(5), 2)


@pytest.mark.parametrize("length", range(3, 9))
def test_every_way_to_lie_in_a_gap_is_between_and_bounds_are_met_where_steps_fit(
    length: int,
) -> None:
    golden = np.array([0, length])
    least: dict[Distance, Fraction] = {}
    most: dict[Distance, Fraction] = {}
    for inside in combinations_with_replacement(range(1, length), 3):
        one, true = found(golden, np.array(inside), None), area([0, length], [*inside])
        assert one.lower <= true <= one.upper
        least[one], most[one] = min(true, least.get(one, true)), max(true, most.get(one, true))
    assert sum(one.upper == reached for one, reached in most.items()) * 3 >= len(most)
    assert all(one.lower <= reached for one, reached in least.items())


def test_a_gap_of_one_value_is_exact() -> None:
    for rows in ([1], [1, 1, 1], [0, 1, 2, 1]):
        assert found(np.array([0, 2]), np.array(rows), None).exact


def test_scipy_finds_the_same() -> None:
    rng = default_rng(6)
    for _ in range(DRAWS // 3):
        golden, rows = (rng.integers(-40, rng.integers(-39, 40), rng.integers(1, 60)) for _ in "gr")
        stat = GapSums(ReferenceCounts.from_golden(np.append(golden, rows), None))
        one = wasserstein(stat, stat.observe(golden), stat.observe(rows))
        assert abs(one.value - wasserstein_distance(golden, rows)) <= 1e-12


def test_coarse_cells_keep_it_narrow() -> None:
    rng = default_rng(3)
    golden, rows = (rng.integers(0, most, size) for most, size in ((10**6, 40_000), (9**6, 9_000)))
    one, theirs = found(golden, rows, 1024), wasserstein_distance(golden, rows)
    assert one.low <= theirs <= one.high
    assert one.high - one.low <= theirs / 50


def test_who_is_golden_does_not_matter() -> None:
    for seed in range(0, DRAWS, 10):
        golden, rows = whole(default_rng(seed))
        stat = GapSums(ReferenceCounts.from_golden(golden, 3))
        states = [stat.observe(x) for x in (golden, rows)]
        there, back = wasserstein(stat, *states), wasserstein(stat, *states[::-1])
        assert (there.lower, there.upper) == (back.lower, back.upper)


def test_no_rows_give_no_distance() -> None:
    sides: list[list[int]] = [[1], []]
    stat, none = (GapSums(ReferenceCounts.from_golden(np.array(x, np.int64))) for x in sides)
    state = stat.observe([1, 2])
    assert wasserstein(stat, state, stat.empty()) == Distance.none()
    assert wasserstein(stat, stat.empty(), state) == Distance.none()
    assert wasserstein(none, none.observe([3]), none.observe([4])) == Distance.none()


def test_sums_of_cells_are_those_of_whole_numbers() -> None:
    for seed in range(0, DRAWS, 10):
        golden, rows = whole(default_rng(seed))
        stat = GapSums(ReferenceCounts.from_golden(golden, 2))
        points = stat.cells.points.tolist()
        state = stat.observe(rows)
        sums: dict[int, int] = {}
        for x in rows.tolist():
            if x not in points:
                below = sum(point < x for point in points)
                sums[2 * below] = sums.get(2 * below, 0) + x
        assert dict(zip(state.open_cells.tolist(), state.sums.whole(), strict=True)) == sums


@pytest.mark.parametrize("cells", [1, 2, 3, 9])
def test_coarsening_is_linear(cells: int) -> None:
    for seed in range(0, DRAWS, 5):
        golden, rows = whole(default_rng(seed))
        full = GapSums(ReferenceCounts.from_golden(golden, None))
        coarse = GapSums(full.cells.coarser(cells))
        parts = [full.observe(part) for part in np.array_split(rows, 4)]
        merged = full.coarsen(reduce(full.merge, parts), coarse)
        assert merged == reduce(coarse.merge, [full.coarsen(part, coarse) for part in parts])
        assert coarse.encode(merged) == coarse.encode(coarse.observe(rows))


def test_what_it_cannot_sum_is_told() -> None:
    stat = GapSums(ReferenceCounts.from_golden(np.array([1, 2])))
    for one, rows in ((stat, [1.5]), (GapSums(ReferenceCounts.from_golden([0.5])), [1])):
        with pytest.raises(InputError, match="sums are of integers"):
            one.observe(np.array(rows))
    with pytest.raises(InputError, match="not made of these"):
        stat.coarsen(stat.empty(), GapSums(ReferenceCounts.from_golden([5])))


def test_sums_that_are_none_are_refused() -> None:
    stat = GapSums(ReferenceCounts.from_golden(np.array([LEAST, MOST])))
    counts = stat.cells.encode(stat.cells.observe([0, 0]))
    for high, low in (([1, 1], [0, 0]), ([], []), ([0], [-1]), ([0], [1 << 32])):
        writer = Writer(1).nested(counts)
        for part in (high, low):
            writer.array(np.array(part, np.int64))
        with pytest.raises(CorruptError, match="do not belong together"):
            stat.decode(writer.data())
