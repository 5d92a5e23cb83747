"""Distances between shares against their definitions: to the integer, to 100 digits, and scipy."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from numpy.random import default_rng
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2_contingency

from karat.distances import (
    Distance,
    cell_variation,
    chi_squared,
    hellinger,
    jensen_shannon,
    likelihood_ratio,
    psi,
)
from karat.errors import InputError
from karat.states import Counts, ReferenceCounts
from tests.laws.two_samples import DRAWS, samples, table

Table = list[tuple[int, int]]
Measure = Callable[[ReferenceCounts, Counts, int | None], Distance]
ALL: list[Measure] = [
    cell_variation, chi_squared, hellinger, jensen_shannon, likelihood_ratio, psi
]  # fmt: skip
MEASURES = pytest.mark.parametrize("measure", ALL, ids=lambda one: one.__name__)
TINY, WIDTH = Fraction(1, 10**90), Fraction(1, 2**60)


def shares(found: Table) -> list[tuple[Fraction, Fraction]]:
    golden, rows = (sum(side) for side in zip(*found, strict=True))
    return [(Fraction(a, golden), Fraction(b, rows)) for a, b in found]


def decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def entropies(pairs: list[tuple[Fraction, Fraction]]) -> Decimal:
    """Return the sum of p ln(p / q), 0 ln 0 being 0."""
    return sum((decimal(p) * decimal(p / q).ln() for p, q in pairs if p), Decimal(0))


def psi_of(found: Table, floor: Fraction | None = None) -> Decimal:
    least = floor or Fraction(1, 2 * sum(b for _, b in found))
    kept = [(max(f, least), max(g, least)) for f, g in shares(found)]
    return sum((decimal(g - f) * decimal(g / f).ln() for f, g in kept), Decimal(0))


def shannon_of(found: Table) -> Decimal:
    both = shares(found)
    sides = [entropies([(one[side], (one[0] + one[1]) / 2) for one in both]) for side in (0, 1)]
    return (sum(sides, Decimal(0)) / 2 / Decimal(2).ln()).max(Decimal(0)).sqrt()


def hellinger_of(found: Table) -> Decimal:
    apart = (decimal(f).sqrt() - decimal(g).sqrt() for f, g in shares(found))
    return (sum((one**2 for one in apart), Decimal(0)) / 2).sqrt()


def ratio_of(found: Table) -> Decimal:
    golden, rows = (sum(side) for side in zip(*found, strict=True))
    logs = Decimal(0)
    for a, b in found:
        for seen, of in ((a, golden), (b, rows)):
            expected = Fraction((a + b) * of, golden + rows)
            logs += seen * decimal(seen / expected).ln() if seen else 0
    return 2 * logs / Decimal(rows)


DIGITS: dict[Measure, Callable[[Table], Decimal]] = {
    psi: psi_of, jensen_shannon: shannon_of, hellinger: hellinger_of, likelihood_ratio: ratio_of
}  # fmt: skip


def drawn(seed: int) -> tuple[ReferenceCounts, Counts, Table, int | None]:
    golden, rows = samples(seed)
    rng = default_rng([seed, 1])
    stat = ReferenceCounts.from_golden(golden, (None, None, 1, 3, 8)[seed % 5])
    bins = None if seed % 2 else int(rng.integers(1, 12))
    found = table(stat.points.tolist(), golden.tolist(), rows.tolist(), bins)
    return stat, stat.observe(rows), found, bins


def test_what_is_rational_is_the_definition() -> None:
    for seed in range(DRAWS):
        stat, state, found, bins = drawn(seed)
        both = shares(found)
        apart = sum((abs(f - g) for f, g in both), Fraction(0)) / 2
        assert cell_variation(stat, state, bins) == Distance(apart, apart, state.rows)
        m = stat.rows
        chi = sum(
            (m * (f - g) ** 2 / (a + b) for (f, g), (a, b) in zip(both, found, strict=True)),
            Fraction(0),
        )
        assert chi_squared(stat, state, bins) == Distance(chi, chi, state.rows)


@pytest.mark.parametrize("measure", DIGITS, ids=lambda one: one.__name__)
def test_what_is_irrational_lies_between_its_bounds(measure: Measure) -> None:
    for seed in range(DRAWS):
        stat, state, found, bins = drawn(seed)
        one = measure(stat, state, bins)
        with localcontext(prec=110):
            true = Fraction(DIGITS[measure](found))
        # A root near 0 keeps half of the oracle's digits.
        slack = TINY if true > WIDTH else Fraction(1, 10**40)
        assert one.lower - slack <= true <= one.upper + slack
        assert 0 <= one.upper - one.lower <= WIDTH
        assert one.lower >= 0
        decided = one.exceeds(true - 2 * WIDTH), one.exceeds(true + 2 * WIDTH)
        assert decided == (True, False)


def test_scipy_finds_the_same() -> None:
    for seed in range(0, DRAWS, 3):
        stat, state, found, bins = drawn(seed)
        left, right = np.array(found).T
        near = jensenshannon(left, right, base=2)
        # Scipy's divergence of equal shares is a few roundings, below 0 now and then.
        off = abs(jensen_shannon(stat, state, bins).value - np.nan_to_num(near))
        assert off <= (1e-12 if near > 1e-3 else 1e-7)
        if len(found) > 1:
            for measure, power in ((chi_squared, 1), (likelihood_ratio, 0)):
                theirs = chi2_contingency(np.array([left, right]), correction=False, lambda_=power)
                ours = measure(stat, state, bins).value * state.rows
                assert abs(ours - theirs.statistic) <= 1e-12 * max(1, theirs.statistic)


@pytest.mark.parametrize("floor", ["1/3", "0.0001", 1e-6])
def test_the_floor_is_told(floor: str | float) -> None:
    for seed in range(0, DRAWS, 10):
        stat, state, found, bins = drawn(seed)
        one = psi(stat, state, bins, floor)
        with localcontext(prec=110):
            true = Fraction(psi_of(found, Fraction(str(floor))))
        assert one.lower - TINY <= true <= one.upper + TINY


def test_the_floor_decides_how_far_an_empty_bin_is() -> None:
    stat = ReferenceCounts.from_golden(np.repeat([1, 2], 50), None)
    state = stat.observe(np.repeat(1, 100))
    tenth, half = (psi(stat, state, None, floor).value for floor in ("1e-4", None))
    assert abs(tenth - (0.5 * np.log(2) + (0.5 - 1e-4) * np.log(5000))) <= 1e-12
    assert half < tenth


@MEASURES
def test_equal_shares_are_no_distance_and_exactly_so(measure: Measure) -> None:
    values = default_rng(2).integers(0, 9, 70)
    for cells, bins in ((None, None), (3, None), (None, 4)):
        stat = ReferenceCounts.from_golden(values, cells)
        many = stat.observe(np.repeat(values, 7))
        assert measure(stat, many, bins) == Distance(Fraction(0), Fraction(0), 490)


@pytest.mark.parametrize("measure", [cell_variation, hellinger, jensen_shannon])
def test_shares_with_nothing_in_common_are_exactly_one_apart(measure: Measure) -> None:
    stat = ReferenceCounts.from_golden(np.arange(30), None)
    found = measure(stat, stat.observe(np.arange(100, 117)), None)
    assert found == Distance(Fraction(1), Fraction(1), 17)


@MEASURES
def test_fewer_bins_never_make_it_more(measure: Measure) -> None:
    """What is known of unions of cells is known of the cells (data processing inequality)."""
    for seed in range(0, DRAWS, 5):
        golden, rows = samples(seed)
        full = ReferenceCounts.from_golden(golden, None)
        state, coarse = full.observe(rows), full.coarser(3)
        fine = measure(full, state, None)
        if measure is not psi:  # Floors are of bins, and few bins have fewer.
            assert measure(full, state, 4).lower <= fine.upper
            assert measure(coarse, full.coarsen(state, coarse), None).lower <= fine.upper


@MEASURES
def test_no_rows_no_distance_and_no_bins_a_message(measure: Measure) -> None:
    stat, none = (ReferenceCounts.from_golden(np.array(values)) for values in ([1.0], [np.nan]))
    assert measure(stat, stat.empty(), None) == Distance.none()
    assert measure(none, none.observe([1.0]), 5) == Distance.none()
    with pytest.raises(InputError, match="bins is 0: at least 1"):
        measure(stat, stat.observe([1.0]), 0)


@pytest.mark.parametrize("floor", [0, "-1/9", "none"])
def test_a_floor_that_is_none_is_told(floor: int | str) -> None:
    stat = ReferenceCounts.from_golden(np.arange(3))
    with pytest.raises(InputError, match=r"floor is|not a number"):
        psi(stat, stat.observe(np.arange(3)), None, floor)


@MEASURES
def test_counts_beyond_int64_are_computed_in_python(measure: Measure) -> None:
    stat = ReferenceCounts(np.array([1, 2]), np.array([0, 2**58, 0, 3 * 2**58, 0]))
    small = ReferenceCounts(stat.points, stat.golden >> 58)
    state = stat.observe(np.array([1, 2, 2, 9, 9]))
    many = Counts(state.cells, state.counts << 58, 0)
    if measure in (chi_squared, likelihood_ratio):  # They know how many golden rows there are.
        large, whole = measure(stat, many, 3), measure(small, state, 3)
        assert (large.lower, large.count) == (whole.lower, 5 << 58)
    elif measure is not psi:
        for bins in (None, 3):
            assert measure(stat, many, bins).lower == measure(small, state, bins).lower


def test_many_unlike_counts_are_rounded_outwards() -> None:
    rng = default_rng(8)
    stat = ReferenceCounts(np.arange(900), rng.integers(1, 10**6, 1801))
    state = Counts(np.arange(1801), rng.integers(1, 10**6, 1801), 0)
    true = sum(
        (
            Fraction((a * state.rows - b * stat.rows) ** 2, stat.rows * state.rows**2 * (a + b))
            for a, b in zip(stat.golden.tolist(), state.counts.tolist(), strict=True)
        ),
        Fraction(0),
    )
    found = chi_squared(stat, state)
    assert found.lower < true < found.upper
    assert found.upper - found.lower <= WIDTH
