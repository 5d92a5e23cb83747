"""A race of two versions: bounds that hold at all times together, and end at the truth."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.errors import InputError
from karat.feedback import race
from karat.feedback.stopping import SHARES

RACES = 1000 if os.environ.get("KARAT_SOAK") else 100
PAIRS = 25
DIFFERENCES = st.lists(st.floats(-2, 2), max_size=12)


def refuted(differences: list[float], mean: float, span: float, limit: float) -> bool:
    """Tell whether bets on one side or the other ever came to `limit`, product by product."""
    for sign in (1, -1):
        wealth = [1.0] * len(SHARES)
        for one in differences:
            gain = sign * (one - mean) / (span + sign * mean)
            wealth = [w * (1 + share * gain) for w, share in zip(wealth, SHARES, strict=True)]
            if sum(wealth) / len(wealth) >= limit:
                return True
    return False


@settings(max_examples=40)
@given(DIFFERENCES, st.floats(-1.99, 1.99))
def test_bounds_are_what_bets_have_not_refuted(differences: list[float], mean: float) -> None:
    found = race(differences, 2.0)
    if not differences:
        assert found == race([], 1.0)
        assert (found.low, found.high, found.stopped) == ((), (), None)
        return
    low, high = found.low[-1], found.high[-1]
    if min(abs(mean - low), abs(mean - high)) > 1e-6:
        assert refuted(differences, mean, 2.0, 40) == (not low <= mean <= high)


@given(DIFFERENCES)
def test_one_side_mirrors_the_other_and_bounds_only_narrow(differences: list[float]) -> None:
    found, mirrored = race(differences, 2.0), race([-d for d in differences], 2.0)
    assert found.low == tuple(-one for one in mirrored.high)
    assert list(found.low) == sorted(found.low)
    assert list(found.high) == sorted(found.high, reverse=True)
    assert found.stopped == mirrored.stopped


@pytest.mark.parametrize("mean", [0.0, 0.3, -0.8])
def test_whoever_looks_after_each_pair_is_seldom_wrong(mean: float) -> None:
    """Differences are as wide as they may be: one end or the other."""
    draw, wrong = np.random.default_rng(4), 0
    for _ in range(RACES):
        drawn = np.where(draw.random(PAIRS) < (1 + mean) / 2, 1.0, -1.0)
        found = race(drawn.tolist(), 1.0)
        wrong += not max(found.low) <= mean <= min(found.high)
    assert wrong <= 0.05 * RACES


def test_a_clear_difference_is_found_soon_and_none_never() -> None:
    found = race([-0.5] * 40, 1.0)
    assert found.better == "first"
    assert found.stopped is not None
    assert found.stopped < 20
    assert race([0.3, -0.3] * 20, 1.0).better == "undecided"


def test_what_no_race_is() -> None:
    with pytest.raises(InputError, match=r"pair 2 differs by 1\.5"):
        race([0.1, 1.5], 1.0)
    with pytest.raises(InputError, match="pair 1 differs by nan"):
        race([float("nan")], 1.0)
    for span in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(InputError, match="span"):
            race([], span)
    with pytest.raises(InputError, match="alpha"):
        race([], 1.0, 1.0)
