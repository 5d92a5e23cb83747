"""Compiled sums against Python's integers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from karat.states.exact_sums import HALF, lagged_products, power_sums

MOST = HALF - 1
few = settings(max_examples=80, deadline=None, database=None)


@pytest.fixture(autouse=True)
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("karat.states.exact_sums.pays", lambda _: True)


def column(seed: int, size: int, largest: int) -> list[int]:
    rng = default_rng(seed)
    edges = np.array([-largest, largest, 0, 1, -1])
    drawn = rng.integers(-largest, largest, size, endpoint=True)
    return np.where(rng.random(size) < 0.5, rng.choice(edges, size), drawn).tolist()  # type: ignore[no-any-return]


drawn = given(
    seed=st.integers(0, 2**32),
    size=st.integers(0, 9000),
    largest=st.sampled_from([1, 1000, MOST, HALF, 2**62]),
)


@few
@drawn
def test_powers_are_summed_exactly(seed: int, size: int, largest: int) -> None:
    values = column(seed, size, largest)
    expected = tuple(sum(x**power for x in values) for power in (1, 2, 3, 4))
    whole = np.array(values, np.int64)
    assert power_sums(whole, 4) == expected
    assert power_sums(whole[::-1], 2) == expected[:2]


@few
@drawn
def test_lagged_products_are_summed_exactly(seed: int, size: int, largest: int) -> None:
    values, lags = column(seed, size, largest), [0, 1, 3, 50, 20_000]
    expected = tuple(
        sum(x * y for x, y in zip(values, values[lag:], strict=False)) for lag in lags
    )  # fmt: skip
    assert lagged_products(np.array(values, np.int64), lags) == expected


@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_values_do_not_wrap(sign: int) -> None:
    count = 1_000_000
    values = np.full(count, sign * MOST)
    assert power_sums(values, 4) == tuple((sign * MOST) ** power * count for power in (1, 2, 3, 4))
    assert lagged_products(values, [1]) == (MOST**2 * (count - 1),)
