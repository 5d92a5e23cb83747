"""Extremes of columns against sorting, and Hill's estimate against logarithms by hand."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from numpy.random import default_rng

from karat.errors import CorruptError, InputError
from karat.states import BottomK, Extreme, MinMax, TopK, hill
from karat.states.encoding import Writer

EDGES = [-(2**63), 2**63 - 1]


def logarithm(ratio: Fraction, terms: int = 60) -> Fraction:
    """Return ln of a ratio of at least 1: halvings, then 2 artanh((x - 1) / (x + 1))."""
    halvings = 0
    while ratio > 2:
        ratio, halvings = ratio / 2, halvings + 1

    def near(x: Fraction) -> Fraction:
        y = (x - 1) / (x + 1)
        return 2 * sum((y ** (2 * n + 1) / (2 * n + 1) for n in range(terms)), Fraction(0))

    return near(ratio) + halvings * near(Fraction(2))


@pytest.mark.parametrize("seed", range(30))
def test_extremes_are_those_of_the_sorted_rows(seed: int) -> None:
    rng = default_rng(seed)
    values = [int(v) for v in rng.integers(-9, 9, rng.integers(0, 40))] + EDGES * (seed % 2)
    size = int(rng.integers(1, 9))
    assert TopK(size).observe(np.array(values, np.int64)) == tuple(
        sorted(values, reverse=True)[:size]
    )
    assert BottomK(size).observe(np.array(values, np.int64)) == tuple(sorted(values)[:size])


@pytest.mark.parametrize("seed", range(30))
def test_the_least_and_the_largest_are_found_where_they_lie_first(seed: int) -> None:
    rng = default_rng(seed)
    values = [int(v) if v > -4 else None for v in rng.integers(-6, 4, 25)]
    at = rng.permutation(25) - 12
    rows = [(v, int(n)) for v, n in zip(values, at, strict=True) if v is not None]
    state = MinMax().observe(pa.array(values), at)
    assert state.least == min(rows)
    assert state.largest == max(rows, key=lambda row: (row[0], -row[1]))
    assert (state.count, state.nulls) == (len(rows), 25 - len(rows))


def test_extremes_refuse_what_they_cannot_hold() -> None:
    with pytest.raises(InputError, match="floats"):
        MinMax().observe(np.array([0.5]), np.array([1]))
    with pytest.raises(InputError, match="2 values and 1 locators"):
        MinMax().observe(np.array([1, 2]), np.array([1]))
    with pytest.raises(InputError, match="0 outermost"):
        TopK(0)


def test_bytes_of_no_extremes_are_refused() -> None:
    low, high = Extreme(1, 0), Extreme(9, 0)
    for count, ends in ((0, (low, high)), (2, (high, low)), (2, (low, None)), (-1, (low, high))):
        data = Writer(1).integers(count, 0).optional(ends[0]).optional(ends[1]).data()
        with pytest.raises(CorruptError, match="min_max"):
            MinMax().decode(data)
    for values in ([1, 2, 3], [2, 1]):
        with pytest.raises(CorruptError, match="not 2 in order"):
            BottomK(2).decode(Writer(1).array(np.array(values), ascending=True).data())


@pytest.mark.parametrize("seed", range(10))
def test_hill_is_the_float_nearest_to_the_true_value(seed: int) -> None:
    rng = default_rng(seed)
    values = np.sort((rng.pareto(2, 60) * 1000).astype(np.int64) + 1)[::-1].tolist()
    k = int(rng.integers(1, 12))
    exact = sum((logarithm(Fraction(v, values[k])) for v in values[:k]), Fraction(0)) / k
    found = hill(values, k)
    assert found is not None
    beside = [math.nextafter(found, end) for end in (-math.inf, math.inf)]
    assert all(abs(Fraction(found) - exact) <= abs(Fraction(other) - exact) for other in beside)


def test_hill_of_a_tail_that_has_no_slope() -> None:
    assert hill((7, 7, 7), 2) == 0
    assert hill((7, 7), 2) is None
    assert hill((7, 7, 0), 2) is None
    assert hill((2**63 - 1, 2**63 - 2), 1) == 1 / (2**63 - 2)
    assert hill((2, 1), 1) == math.log(2)
    with pytest.raises(InputError, match="at least 1"):
        hill((1, 1), 0)


def test_hill_finds_the_exponent_of_a_pareto_tail() -> None:
    sizes = (default_rng(3).pareto(1.5, 200_000) * 10**6).astype(np.int64)
    state = TopK(2001).observe(sizes)
    assert hill(state, 2000) == pytest.approx(1 / 1.5, rel=0.1)
