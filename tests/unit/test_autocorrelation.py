"""Autocorrelation against its definition, in fractions and in numpy."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from karat.distances import acf_distance
from karat.errors import CorruptError, InputError
from karat.states import ACF
from karat.states.encoding import Writer

LEAST, MOST = -(2**63), 2**63 - 1
few = settings(max_examples=40, deadline=None, database=None)
integers = st.one_of(st.integers(-3, 3), st.sampled_from([LEAST, MOST, 2**40]))


def rho(values: list[int], lag: int) -> Fraction | None:
    """Return the textbook sum of products about the mean over the sum of squares about it."""
    if len(values) <= lag:
        return None
    mean = Fraction(sum(values), len(values))
    about = [value - mean for value in values]
    squares = sum((x * x for x in about), Fraction(0))
    return (
        sum(x * y for x, y in zip(about, about[lag:], strict=False)) / squares if squares else None
    )


@few
@given(st.lists(integers, max_size=20), st.lists(st.integers(0, 20), max_size=4))
def test_correlations_are_the_definition(values: list[int], cuts: list[int]) -> None:
    stat, column = ACF(5), np.array(values, np.int64)
    parts = np.split(column, sorted(min(cut, len(values)) for cut in cuts))
    state = reduce(stat.merge, [stat.observe(part) for part in parts])
    assert [state.correlation(lag) for lag in range(1, 6)] == [rho(values, k) for k in range(1, 6)]


def test_sums_and_ends_are_those_of_the_rows() -> None:
    values = default_rng(1).integers(-4, 5, 40)
    state = ACF(6).observe(values)
    assert (state.count, state.total, state.squares) == (40, values.sum(), (values**2).sum())
    assert state.products == tuple((values[k:] * values[:-k]).sum() for k in range(1, 7))
    assert (state.head, state.tail) == (tuple(values[:6]), tuple(values[-6:]))


@pytest.mark.parametrize("scale", [1, 10**6, 10**12])
def test_correlations_are_those_of_numpy(scale: int) -> None:
    values = scale * default_rng(2).integers(-9, 10, 5000).cumsum()
    about = values / scale - (values / scale).mean()
    full = np.correlate(about, about, "full")[values.size :]
    found = ACF(30).observe(values).correlations()
    assert found == pytest.approx((full / (about @ about))[:30], abs=1e-12)


def test_adding_a_constant_or_a_factor_changes_nothing() -> None:
    values = default_rng(3).integers(-9, 10, 300)
    plain = ACF(4).observe(values)
    moved = ACF(4).observe(-(10**9) * values + 10**15)
    lags = range(1, 5)
    assert [plain.correlation(k) for k in lags] == [moved.correlation(k) for k in lags]


def test_ties_to_the_row_before_are_seen() -> None:
    rng = default_rng(4)
    same = np.where(rng.random(20_000) < 0.2, -1, 1).cumprod()
    shuffled = rng.permutation(same)
    stat = ACF(10)
    distance = acf_distance(stat.observe(shuffled), stat.observe(same))
    assert distance.exact
    assert distance.count == 20_000
    assert distance.value == pytest.approx(0.6, abs=0.03)
    assert acf_distance(stat.observe(same), stat.observe(same)).value == 0.0


def test_the_distance_is_the_largest_of_all_lags() -> None:
    a, b = (default_rng(seed).integers(0, 5, 30).tolist() for seed in (5, 6))
    stat = ACF(7)
    found = acf_distance(*(stat.observe(np.array(values)) for values in (a, b)))
    both = [(rho(a, k), rho(b, k)) for k in range(1, 8)]
    apart = [abs(x - y) for x, y in both if x is not None and y is not None]
    assert found.lower == found.upper == max(apart)


@pytest.mark.parametrize("values", [[], [3, 4], [5] * 50], ids=["none", "few", "equal"])
def test_rows_without_autocorrelation_have_no_distance(values: list[int]) -> None:
    stat = ACF(2)
    state, other = stat.observe(np.array(values, np.int64)), stat.observe(np.arange(50) % 7)
    assert np.isnan(state.correlations()[-1])
    for distance in (acf_distance(state, other), acf_distance(other, state)):
        assert distance.count == 0
        assert distance.exceeds(0.1) is None


def test_lags_that_were_not_kept() -> None:
    state = ACF(2).observe(np.arange(9))
    for lag in (0, 3, -1):
        with pytest.raises(InputError, match="none of 1 to 2"):
            state.correlation(lag)
    with pytest.raises(InputError, match="at least 1"):
        ACF(0)
    with pytest.raises(InputError, match="must be equal"):
        acf_distance(state, ACF(3).observe(np.arange(9)))


def test_nulls_and_floats_are_refused() -> None:
    with pytest.raises(InputError, match="null at row 0"):
        ACF(2).observe(pa.array([None, 1]))
    with pytest.raises(InputError, match="floats"):
        ACF(2).observe(np.array([0.5]))


@pytest.mark.parametrize(
    ("count", "head", "tail"),
    [(-1, [], []), (3, [1], [1]), (2, [1, 2], [2, 1]), (9, [1, 2], [1, 2, 3])],
)
def test_ends_that_do_not_belong_to_the_count_are_corrupt(
    count: int, head: list[int], tail: list[int]
) -> None:
    writer = Writer(1).integers(count, 0, 0).integers(0, 0)
    data = writer.array(np.array(head, np.int64)).array(np.array(tail, np.int64)).data()
    with pytest.raises(CorruptError, match="autocorrelation"):
        ACF(2).decode(data)
