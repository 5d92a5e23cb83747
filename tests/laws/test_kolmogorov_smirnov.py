"""KS against the definition, scipy, and its own certificate."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator, default_rng
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from karat.distances import ks
from karat.errors import InputError
from karat.states import ReferenceCounts
from tests.laws.two_samples import DRAWS, samples

LOWEST = np.iinfo(np.int64).min
Values = NDArray[Any]


def by_definition(golden: Sequence[float], rows: Sequence[float]) -> Fraction:
    """Largest difference of the two distribution functions over all values seen."""

    def share(values: Sequence[float], limit: float) -> Fraction:
        return Fraction(sum(value <= limit for value in values), len(values))

    return max(abs(share(golden, x) - share(rows, x)) for x in {*golden, *rows})


def tied(rng: Generator) -> tuple[Values, Values]:
    """Two samples of up to 30 values with ties; integers or floats, near or at the extremes."""
    width = int(rng.integers(1, 12))
    golden, rows = (rng.integers(0, width, rng.integers(1, 31)) for _ in "gr")
    kind = rng.integers(0, 3)
    if kind == 0:
        return golden, rows + rng.integers(-2, 3)
    if kind == 1:
        return golden + LOWEST, rows + LOWEST
    return golden * 0.5 - 1, np.where(rows == 2, -0.0, rows * 0.25)


@pytest.mark.filterwarnings("ignore:divide by zero")  # scipy's p-value of tiny samples
@pytest.mark.parametrize("block", range(6))
def test_equals_the_definition_and_scipy_under_ties(block: int) -> None:
    rng = default_rng(block)
    for _ in range(max(100, DRAWS // 6)):
        golden, rows = tied(rng)
        stat = ReferenceCounts.from_golden(golden, None)
        found = ks(stat, stat.observe(rows))
        assert found.exact
        assert found.lower == found.upper == by_definition(golden.tolist(), rows.tolist())
        assert abs(found.value - ks_2samp(golden, rows, method="asymp").statistic) <= 1e-12


def test_one_row_atoms_infinities_and_the_ends_of_int64_are_exact() -> None:
    for seed in range(DRAWS):
        golden, rows = samples(seed)
        stat = ReferenceCounts.from_golden(golden, None)
        parts = [stat.observe(part) for part in np.array_split(rows, 1 + seed % 5)]
        found = ks(stat, reduce(stat.merge, parts))
        assert found.lower == found.upper == by_definition(golden.tolist(), rows.tolist())
        with np.errstate(all="ignore"):
            theirs = ks_2samp(golden, rows, method="asymp").statistic
        assert abs(found.value - theirs) <= 1e-12


@pytest.mark.parametrize("cells", [1, 2, 5, 16, 64])
def test_the_certificate_holds(cells: int) -> None:
    rng = default_rng(cells)
    for _ in range(60):
        golden = rng.integers(0, rng.integers(2, 200), 300)
        rows = rng.integers(-5, rng.integers(2, 200), rng.integers(1, 300))
        full = ReferenceCounts.from_golden(golden, None)
        coarse = ReferenceCounts.from_golden(golden, cells)
        exact, found = ks(full, full.observe(rows)), ks(coarse, coarse.observe(rows))
        assert coarse.points.size <= cells
        assert found.lower <= exact.lower <= found.upper
        assert found.upper - found.lower <= Fraction(1, cells)
        assert found == ks(coarse, full.coarsen(full.observe(rows), coarse))


def test_large_columns_agree_with_scipy() -> None:
    rng = default_rng(7)
    golden = rng.lognormal(12, 2, 50_000).astype(np.int64)
    rows = rng.lognormal(12.05, 2, 20_000).astype(np.int64)
    full, coarse = (ReferenceCounts.from_golden(golden, cells) for cells in (None, 4096))
    expected = ks_2samp(golden, rows, method="asymp").statistic
    assert abs(ks(full, full.observe(rows)).value - expected) <= 1e-12
    certified = ks(coarse, coarse.observe(rows))
    assert certified.low <= expected <= certified.high
    assert certified.upper - certified.lower <= Fraction(1, 4096)


def test_few_distinct_values_are_exact_at_any_level() -> None:
    golden = default_rng(1).integers(1, 6, 1000)
    stat = ReferenceCounts.from_golden(golden)
    assert ks(stat, stat.observe(golden[:500] + 1)).exact
    assert stat == ReferenceCounts.from_golden(golden, None)


def test_integers_are_never_rounded() -> None:
    golden = np.array([2**63 - 2], np.int64)
    stat = ReferenceCounts.from_golden(golden)
    assert ks(stat, stat.observe(golden)).value == 0
    assert ks(stat, stat.observe(golden + 1)).value == 1
    with pytest.raises(InputError, match="cast"):
        stat.observe(np.array([1.5]))


def test_products_beyond_int64_are_computed_in_python() -> None:
    points = np.array([1, 2], np.int64)
    stat = ReferenceCounts(points, np.array([0, 2**40, 0, 2**40, 0], np.int64))
    state = stat.observe(np.array([1, 2, 2, 2]))
    for _ in range(30):
        state = stat.merge(state, state)
    assert stat.rows * state.rows > 2**63
    assert ks(stat, state).lower == Fraction(1, 4)


def test_no_rows_give_no_distance() -> None:
    stat = ReferenceCounts.from_golden(np.array([1.0, np.nan]))
    for rows in ([], [np.nan, np.nan]):
        found = ks(stat, stat.observe(np.array(rows)))
        assert (found.count, found.exact, found.exceeds(0)) == (0, False, None)
        assert all(np.isnan([found.value, found.low, found.high]))
    nothing = ReferenceCounts.from_golden(np.array([np.nan]))
    assert ks(nothing, nothing.observe(np.array([1.0]))).count == 0


def test_thresholds_are_decided_in_rationals() -> None:
    stat = ReferenceCounts.from_golden(np.arange(10), None)
    tenth = ks(stat, stat.observe(np.arange(10).clip(1)))
    assert tenth.lower == Fraction(1, 10)
    assert [tenth.exceeds(t) for t in (0.1, "0.1", "1/10", Fraction(1, 10))] == [False] * 4
    assert tenth.exceeds("0.0999999999999999999") is True
    assert tenth.exceeds(0) is True
    assert tenth.exceeds(1) is False
    with pytest.raises(InputError, match="not a number"):
        tenth.exceeds(float("nan"))


def test_inside_the_certificate_nothing_is_decided() -> None:
    stat = ReferenceCounts.from_golden(np.arange(100), 4)
    found = ks(stat, stat.observe(np.arange(100) // 2))
    middle = (found.lower + found.upper) / 2
    assert found.lower < found.upper
    assert found.exceeds(middle) is None
    assert found.exceeds(found.lower) is None
    assert found.exceeds(found.upper) is False
    assert found.value == float(middle)


def test_cells_outlive_their_bytes() -> None:
    for golden in (np.array([3, 1, 1, -(2**63)]), np.array([0.5, -0.0, np.inf]), np.array([])):
        stat = ReferenceCounts.from_golden(golden)
        read = ReferenceCounts.from_bytes(stat.to_bytes())
        assert read == stat
        assert (read.key(), read.rows) == (stat.key(), golden.size)
    assert ReferenceCounts.from_golden(np.array([-0.0])) == ReferenceCounts.from_golden(
        np.array([0.0])
    )
