"""Kuiper's and Mann and Whitney's distances against their definitions and scipy."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator, default_rng
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu

from karat.distances import Distance, kuiper, mann_whitney
from karat.states import Counts, ReferenceCounts
from tests.laws.two_samples import DRAWS, samples

Measure = Callable[[ReferenceCounts, Counts], Distance]
MEASURES = pytest.mark.parametrize("measure", [kuiper, mann_whitney])


def kuiper_by_definition(golden: list[Any], rows: list[Any]) -> Fraction:
    def share(values: list[Any], limit: float) -> Fraction:
        return Fraction(sum(value <= limit for value in values), len(values))

    excess = [Fraction(0), *(share(rows, x) - share(golden, x) for x in {*golden, *rows})]
    return max(excess) - min(excess)


def delta_by_definition(golden: list[Any], rows: list[Any]) -> Fraction:
    return abs(
        Fraction(sum((y > x) - (y < x) for x in golden for y in rows), len(golden) * len(rows))
    )


def tied(rng: Generator) -> tuple[NDArray[Any], NDArray[Any]]:
    width, lift = int(rng.integers(1, 12)), rng.choice([0, -(2**63) + 4])
    golden, rows = (rng.integers(0, width, rng.integers(1, 31)) for _ in "gr")
    golden, rows = golden + lift, rows + rng.integers(-2, 3) + lift
    return (golden * 0.5, rows * 0.25) if not lift and rng.random() < 0.5 else (golden, rows)


def test_with_all_values_they_are_the_definitions() -> None:
    for seed in range(2 * DRAWS):
        golden, rows = samples(seed) if seed % 2 else tied(default_rng(seed))
        stat = ReferenceCounts.from_golden(golden, None)
        state, lists = stat.observe(rows), (golden.tolist(), rows.tolist())
        round_the_circle, delta = kuiper_by_definition(*lists), delta_by_definition(*lists)
        assert kuiper(stat, state) == Distance(round_the_circle, round_the_circle, rows.size)
        assert mann_whitney(stat, state) == Distance(delta, delta, rows.size)


@MEASURES
@pytest.mark.parametrize("cells", [1, 2, 5, 16, 64])
def test_with_fewer_points_the_truth_lies_between(measure: Measure, cells: int) -> None:
    rng = default_rng(cells)
    for _ in range(60):
        golden = rng.integers(0, rng.integers(2, 200), 300)
        rows = rng.integers(-5, rng.integers(2, 200), rng.integers(1, 300))
        full, coarse = (ReferenceCounts.from_golden(golden, kept) for kept in (None, cells))
        exact, found = measure(full, full.observe(rows)), measure(coarse, coarse.observe(rows))
        assert exact.exact
        assert 0 <= found.lower <= exact.lower <= found.upper <= 1
        assert found.upper - found.lower <= Fraction(2, cells)


def test_the_rank_distance_is_scipys_under_ties() -> None:
    for seed in range(DRAWS):
        golden, rows = samples(seed)
        if (abs(np.array([*golden, *rows], float)) < 2**53).all():  # Scipy ranks floats.
            stat = ReferenceCounts.from_golden(golden, None)
            u = mannwhitneyu(rows, golden, method="asymptotic").statistic
            found = mann_whitney(stat, stat.observe(rows))
            assert abs(found.value - abs(2 * u / (golden.size * rows.size) - 1)) <= 1e-12


def test_the_rank_distance_is_scipys() -> None:
    rng = default_rng(4)
    golden, rows = rng.geometric(0.1, 5000), rng.geometric(0.12, 3000)
    stat = ReferenceCounts.from_golden(golden, None)
    u = mannwhitneyu(rows, golden).statistic
    found = mann_whitney(stat, stat.observe(rows))
    assert abs(found.value - abs(2 * u / (5000 * 3000) - 1)) <= 1e-12


@MEASURES
def test_numbers_beyond_int64_are_computed_in_python(measure: Measure) -> None:
    stat = ReferenceCounts(np.array([1, 2]), np.array([0, 2**40, 0, 2**40, 0]))
    state = stat.observe(np.array([1, 2, 2, 2]))
    expected = measure(stat, state)
    for _ in range(30):
        state = stat.merge(state, state)
    found = measure(stat, state)
    assert (found.lower, found.upper) == (expected.lower, expected.upper) == (Fraction(1, 4),) * 2


@MEASURES
def test_no_rows_give_no_distance(measure: Measure) -> None:
    stat, none = (ReferenceCounts.from_golden(np.array(values)) for values in ([1.0], [np.nan]))
    assert measure(stat, stat.empty()) == measure(none, none.observe([1.0])) == Distance.none()
