"""Sums of int64 columns against Python's own integers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray

from karat.errors import CorruptError, InputError
from karat.states import PowerSums
from karat.states.encoding import Writer
from karat.states.exact_sums import ROWS_AT_ONCE, bound, lagged_products, power_sum

LEAST, MOST = -(2**63), 2**63 - 1
COLUMNS = {
    "none": [],
    "one": [-7],
    "signs": [1, -1, -1, 1, 0],
    "below a limb": [2**21 - 1, -(2**21) + 1, 2**21 - 1],
    "a limb": [2**21, -(2**21), 2**21 + 1, -(2**21) - 1],
    "at the edge of float64": [2**26, 2**26, -(2**26), 2**26 + 1],
    "at the edge of int64": [2**31, -(2**31), 2**31 - 1, 3],
    "extremes": [LEAST, MOST, LEAST, -1, 0, MOST, LEAST + 1],
}
EACH = pytest.mark.parametrize("values", COLUMNS.values(), ids=COLUMNS)


def column(values: list[int]) -> NDArray[np.int64]:
    return np.array(values, np.int64)


@EACH
@pytest.mark.parametrize("power", [1, 2, 3, 4])
def test_power_sums_are_those_of_integers(values: list[int], power: int) -> None:
    assert power_sum(column(values), power) == sum(value**power for value in values)


@EACH
def test_lagged_products_are_those_of_integers(values: list[int]) -> None:
    lags = range(len(values) + 3)
    expected = [sum(a * b for a, b in zip(values, values[lag:], strict=False)) for lag in lags]
    assert list(lagged_products(column(values), lags)) == expected


@EACH
def test_the_bound_is_the_largest_absolute_value(values: list[int]) -> None:
    assert bound(column(values)) == max(map(abs, values), default=0)


@pytest.mark.parametrize("bits", [1, 20, 22, 30, 40, 50, 62, 63])
def test_sums_of_random_columns(bits: int) -> None:
    drawn = default_rng(bits).integers(-(2**bits), 2**bits, 500, np.int64, endpoint=bits < 63)
    values = drawn.tolist()
    assert power_sum(drawn, 1) == sum(values)
    for lag, found in enumerate(lagged_products(drawn, range(4))):
        assert found == sum(a * b for a, b in zip(values, values[lag:], strict=False))


@pytest.mark.parametrize("value", [3, 2**40, LEAST])
def test_columns_longer_than_what_is_summed_at_once(value: int) -> None:
    rows = ROWS_AT_ONCE + 5
    same = np.full(rows, value, np.int64)
    assert power_sum(same, 1) == value * rows
    assert lagged_products(same, [0, 2]) == (value**2 * rows, value**2 * (rows - 2))


def test_sums_are_whatever_the_rows_are_cut_into() -> None:
    drawn = default_rng(1).integers(LEAST, MOST, 1000)
    parts = np.split(drawn, [1, 17, 500])
    assert power_sum(drawn, 2) == sum(power_sum(part, 2) for part in parts)


def test_mean_and_variance_are_those_of_fractions() -> None:
    values = [LEAST, MOST, 5, 5, -3]
    state = PowerSums().observe(column(values))
    mean = Fraction(sum(values), 5)
    assert state.mean() == mean
    assert state.variance() == sum((value - mean) ** 2 for value in values) / 5


def test_a_variance_that_float_sums_lose() -> None:
    ticks = 10**9 + default_rng(3).integers(-5, 6, 10_000)
    variance = PowerSums().observe(ticks).variance()
    assert variance is not None
    assert float(variance) == pytest.approx(np.var(ticks - 10**9), rel=1e-12)


def test_no_rows_have_no_mean_and_nulls_are_counted_apart() -> None:
    stat = PowerSums(1)
    assert stat.empty().mean() is None
    assert PowerSums().empty().variance() is None
    assert stat.observe(pa.array([None, 4, None])) == stat.merge(
        stat.observe(np.array([4])), stat.observe(pa.array([None, None], pa.int64()))
    )


@pytest.mark.parametrize("order", [0, 5, -1])
def test_powers_that_are_not_kept(order: int) -> None:
    with pytest.raises(InputError, match="1 to 4"):
        PowerSums(order)


def test_floats_are_not_summed() -> None:
    with pytest.raises(InputError, match="cast"):
        PowerSums().observe(np.array([0.5]))


@pytest.mark.parametrize("fields", [(-1, 0, 0, 0), (0, -1, 0, 0), (0, 0, 1, 0)])
def test_sums_that_no_rows_have_are_corrupt(fields: tuple[int, ...]) -> None:
    with pytest.raises(CorruptError, match="power_sums"):
        PowerSums().decode(Writer(1).integers(*fields).data())
