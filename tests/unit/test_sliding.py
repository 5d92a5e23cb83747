"""Sliding windows against the definition, window by window, and scipy on large ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator, default_rng
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from karat.errors import InputError
from karat.states.sliding import SlidingKS, SlidingKuiper, windows

Values = NDArray[Any]
LOWEST = np.iinfo(np.int64).min
ODD = np.array([-np.inf, -0.0, 0.0, 1.5, np.inf])


@pytest.fixture(params=["all cells", "cells in sight"], autouse=True)
def trees(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "cells in sight":
        monkeypatch.setattr(windows, "MANY", 0)
        monkeypatch.setattr(windows, "AT_ONCE", 7)


def by_definition(golden: list[Any], window: list[Any]) -> tuple[int, int]:
    """Largest excess of the window's share and of golden's, up to and below any value seen."""
    excess = [0]
    for value in {*golden, *window}:
        for include in (True, False):
            below = [
                sum(x < value or (include and x == value) for x in s) for s in (window, golden)
            ]
            excess.append(below[0] * len(golden) - below[1] * len(window))
    return max(excess), -min(excess)


def tied(rng: Generator) -> tuple[Values, Values]:
    width = int(rng.integers(1, 60))
    golden, values = rng.integers(0, width, rng.integers(1, 60)), rng.integers(-2, width + 2, 50)
    kind = rng.integers(0, 3)
    if kind == 0:
        return golden, values
    if kind == 1:
        return golden + LOWEST, values.clip(0) + LOWEST
    odd = rng.random(50) < 0.2
    return golden * 0.5 - 1, np.where(odd, rng.choice(ODD, 50), values * 0.25)


@settings(max_examples=120, deadline=None, database=None)
@given(seed=st.integers(0, 2**32), window=st.integers(1, 60), pieces=st.integers(1, 6))
def test_every_window_is_the_definition_to_the_last_unit(
    seed: int, window: int, pieces: int
) -> None:
    rng = default_rng(seed)
    golden, values = tied(rng)
    sliding = SlidingKS(golden, window)
    cuts = np.sort(rng.integers(0, values.size + 1, pieces - 1))
    found = [sliding.extremes(part) for part in np.split(values, cuts)]
    above, below, count = (np.concatenate(column) for column in zip(*found, strict=True))
    for at in range(values.size):
        seen = values[max(at + 1 - window, 0) : at + 1].tolist()
        assert (above[at], below[at]) == by_definition(golden.tolist(), seen)
        assert count[at] == len(seen)


@pytest.mark.parametrize("window", [300, 5000])
@pytest.mark.parametrize("ticks", [True, False])
def test_large_windows_are_scipys(window: int, ticks: bool) -> None:
    rng = default_rng(window)
    draw = rng.geometric if ticks else lambda _, n: np.exp(rng.normal(9, 2, n)).astype(np.int64)
    golden, values = draw(0.3, 20_000), draw(0.3, 8000)
    found = SlidingKS(golden, window).push(values)
    for at in (0, 1, 10, window // 2, window - 1, window, window + 1, 6001, 7999):
        seen = values[max(at + 1 - window, 0) : at + 1]
        expected = ks_2samp(golden, seen, method="asymp").statistic
        assert abs(found[at] - expected) <= 1e-12


def test_one_by_one_and_at_once_are_the_same() -> None:
    rng = default_rng(5)
    golden, values = rng.integers(0, 40, 500), rng.integers(0, 45, 120)
    for kind in (SlidingKS, SlidingKuiper):
        one, many = kind(golden, 50), kind(golden, 50)
        single = np.concatenate([one.push(values[at : at + 1]) for at in range(values.size)])
        assert np.array_equal(single, many.push(values))


def test_kuiper_adds_both_sides() -> None:
    golden, values = default_rng(6).integers(0, 9, (2, 80))
    above, below, count = SlidingKS(golden, 20).extremes(values)
    assert np.array_equal(SlidingKuiper(golden, 20).push(values), (above + below) / (count * 80))
    assert np.array_equal(
        SlidingKS(golden, 20).push(values), np.maximum(above, below) / (count * 80)
    )


def test_a_row_without_a_value_repeats_what_was() -> None:
    sliding = SlidingKS([1.0, 2.0, np.nan], 2)
    first = sliding.push(np.array([np.nan, 1.0, np.nan, 3.0]))
    assert np.isnan(first[0])
    assert first[1:].tolist() == [0.5, 0.5, 0.5]
    assert sliding.push(pa.array([None, 3.0])).tolist() == [0.5, 1.0]
    assert sliding.push(np.array([])).size == 0
    assert sliding.extremes(pa.array([None], pa.float64())).rows.tolist() == [2]


def test_wrong_input_is_refused_and_changes_nothing() -> None:
    for golden in ([], [np.nan], pa.array([None], pa.int64())):
        with pytest.raises(InputError, match="golden values"):
            SlidingKS(golden)
    for window in (0, -1, 1 << 53):
        with pytest.raises(InputError, match="window of"):
            SlidingKS([1, 2], window)
    sliding = SlidingKS([1, 2], 1)
    sliding.push([1])
    with pytest.raises(InputError, match="cast"):
        sliding.push([0.5])
    assert sliding.push([2]).tolist() == [0.5]
