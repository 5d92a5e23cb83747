"""Cramer-von Mises and moved quantiles against their definitions, scipy, and their certificates."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from numpy.random import default_rng
from scipy.stats import cramervonmises_2samp

from karat.distances import Distance, cramer_von_mises, quantile_moved, quantile_shift
from karat.errors import InputError
from karat.states import Counts, ReferenceCounts
from tests.laws.two_samples import DRAWS, samples


def anderson(golden: Sequence[float], rows: Sequence[float]) -> Fraction:
    """Return T (n + m) / (n m) from the midranks of all rows."""
    m, n = len(golden), len(rows)
    ordered = sorted([*golden, *rows])

    def rank(value: float) -> Fraction:
        places = [at + 1 for at, other in enumerate(ordered) if other == value]
        return Fraction(sum(places), len(places))

    sides = (sorted(golden), m), (sorted(rows), n)
    u = sum((size * (rank(x) - at) ** 2 for side, size in sides for at, x in enumerate(side, 1)),
            Fraction(0))  # fmt: skip
    t = u / (m * n * (m + n)) - Fraction(4 * m * n - 1, 6 * (m + n))
    return t * (m + n) / (m * n)


def share(side: list[float], limit: float) -> Fraction:
    return Fraction(bisect_right(sorted(side), limit), len(side))


def quantile(side: list[float], wanted: Fraction) -> float:
    return next(x for x in sorted(side) if share(side, x) >= wanted)


def test_with_every_value_known_it_is_the_definition() -> None:
    for seed in range(DRAWS):
        golden, rows = samples(seed)
        known = np.union1d(golden, rows)  # Points that golden has none of are allowed.
        full = ReferenceCounts.from_golden(known, None)
        counted = full.observe(golden)
        at = np.zeros_like(full.golden)
        at[counted.cells] = counted.counts
        stat = ReferenceCounts(full.points, at)
        true = anderson(golden.tolist(), rows.tolist())
        assert cramer_von_mises(stat, stat.observe(rows)) == Distance(true, true, rows.size)
        assert true >= 0


@pytest.mark.parametrize("cells", [None, 1, 2, 5])
def test_the_truth_lies_between(cells: int | None) -> None:
    exact = 0
    for seed in range(DRAWS):
        golden, rows = samples(seed)
        stat = ReferenceCounts.from_golden(golden, cells)
        found = cramer_von_mises(stat, stat.observe(rows))
        true = anderson(golden.tolist(), rows.tolist())
        assert 0 <= found.lower <= true <= found.upper
        exact += found.exact
        lone = np.isin(rows, golden).all() or rows.size == 1
        if stat == ReferenceCounts.from_golden(golden, None) and lone:
            assert found.exact
    assert exact


def test_rows_of_one_open_cell_may_be_equal_or_not() -> None:
    stat = ReferenceCounts.from_golden(np.array([0, 10]), None)
    found = cramer_von_mises(stat, stat.observe(np.array([4, 5, 6])))
    ends = [anderson([0, 10], rows) for rows in ([4, 5, 6], [5, 5, 5])]
    assert [found.lower, found.upper] == ends
    only = ReferenceCounts.from_golden(np.array([0, 2]), None)
    assert cramer_von_mises(only, only.observe(np.array([1, 1, 1]))).exact


def test_scipy_finds_the_same() -> None:
    for seed in range(0, DRAWS, 3):
        golden, rows = samples(seed)
        if min(golden.size, rows.size) < 2 or not np.isfinite([*golden, *rows]).all():
            continue
        stat = ReferenceCounts.from_golden(golden, None)
        n, m = rows.size, golden.size
        found = cramer_von_mises(stat, stat.observe(rows))
        theirs = cramervonmises_2samp(golden, rows, method="asymptotic").statistic
        scale = n * m / (n + m)
        assert found.low * scale - 1e-12 <= theirs <= found.high * scale + 1e-12


def test_coarse_cells_keep_it_narrow() -> None:
    rng = default_rng(3)
    golden, rows = (rng.lognormal(9, 2, size).astype(np.int64) for size in (40_000, 9_000))
    coarse = ReferenceCounts.from_golden(golden, 1024)
    found = cramer_von_mises(coarse, coarse.observe(rows))
    theirs = cramervonmises_2samp(golden, rows, method="asymptotic").statistic
    scale = 40_000 * 9_000 / 49_000
    assert found.low * scale <= theirs <= found.high * scale
    assert found.high - found.low <= 2e-5


def test_quantiles_move_as_defined() -> None:
    shares = [Fraction(1, 100), Fraction(1, 4), Fraction(1, 2), Fraction(9, 10), Fraction(1)]
    for seed in range(DRAWS):
        golden, rows = samples(seed)
        left, right, wanted = golden.tolist(), rows.tolist(), shares[seed % len(shares)]
        q = quantile(left, wanted)
        true = abs(share(right, q) - share(left, q))
        for cells in (None, 2, 5):
            stat = ReferenceCounts.from_golden(golden, cells)
            found = quantile_shift(stat, stat.observe(rows), wanted)
            assert 0 <= found.lower <= true <= found.upper <= 1
            assert found.exact or cells
            moved = quantile_moved(stat, stat.observe(rows), wanted)
            ends = quantile(right, wanted), q
            if moved is None:
                assert not np.isfinite([*stat.points, *ends]).all()
                continue
            if np.isfinite(ends).all():
                by = Fraction(ends[0]) - Fraction(ends[1])
                assert moved.lower is None or moved.lower <= by
                assert moved.upper is None or by <= moved.upper
            assert moved.exact or cells or ends[0] not in left


def test_a_quantile_beyond_golden_is_bounded_on_one_side() -> None:
    stat = ReferenceCounts.from_golden(np.arange(10, 20), None)
    above = quantile_moved(stat, stat.observe(np.array([50, 60, 70])), 0.5)
    below = quantile_moved(stat, stat.observe(np.array([-5])), 0.5)
    assert above is not None
    assert below is not None
    assert (above.lower, above.upper) == (Fraction(6), None)
    assert (below.lower, below.upper) == (None, Fraction(-5))
    assert {above.exact, below.exact} == {False}


@pytest.mark.parametrize("wanted", [0, -0.1, "3/2", 2])
def test_what_is_no_share_is_told(wanted: float | str) -> None:
    stat = ReferenceCounts.from_golden(np.arange(3))
    for measure in (quantile_shift, quantile_moved):
        with pytest.raises(InputError, match="must be above 0 and at most 1"):
            measure(stat, stat.observe(np.arange(3)), wanted)


def test_no_rows_give_no_distance() -> None:
    stat, none = (ReferenceCounts.from_golden(np.array(values)) for values in ([1.0], [np.nan]))
    for golden, state in ((stat, stat.empty()), (none, none.observe([1.0]))):
        assert cramer_von_mises(golden, state) == quantile_shift(golden, state) == Distance.none()
        assert quantile_moved(golden, state) is None


def test_counts_beyond_int64_are_computed_in_python() -> None:
    stat = ReferenceCounts(np.array([1, 5]), np.array([3, 2**58, 2**58, 2**58, 1]))
    state = Counts(np.array([0, 1, 2, 4]), np.array([1, 2**57, 2**57, 9]), 0)
    found = cramer_von_mises(stat, state)
    assert 0 <= found.lower < found.upper <= Fraction(1, 2)
    assert quantile_shift(stat, state, "1/9").exact
