"""What moved a score: the parts by their definition, and intervals that hold the truth."""

import os
from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from karat.errors import InputError
from karat.feedback import Factorial, attribute
from karat.feedback.factorial import Scores

TRIALS = 4000 if os.environ.get("KARAT_SOAK") else 400
Noise = Callable[[np.random.Generator, int], Scores]
NOISES: dict[str, Noise] = {
    "normal": lambda draw, size: draw.normal(size=size),
    "even": lambda draw, size: draw.uniform(-1, 1, size),
    "long tails": lambda draw, size: draw.standard_t(3, size),
    "skewed": lambda draw, size: draw.exponential(size=size),
}
CELLS = arrays(np.float64, (2, 2, 6), elements=st.floats(-9, 9, width=32))


def design(scores: Scores) -> Factorial:
    return Factorial(scores, tuple(str(k) for k in range(scores.shape[2])))


def shapley(scores: Scores) -> dict[str, float]:
    """Return the mean of what each player adds, over the orders in which they may come."""
    value, added = scores.mean(axis=2), {"data": 0.0, "code": 0.0}
    for order in permutations(added):
        on = {"data": 0, "code": 0}
        for player in order:
            before = value[on["data"], on["code"]]
            on[player] = 1
            added[player] += (value[on["data"], on["code"]] - before) / 2
    return added


@given(CELLS)
def test_parts_are_shapleys_and_sum_up(scores: Scores) -> None:
    found, expected = attribute(design(scores)), shapley(scores)
    assert found.data.value == pytest.approx(expected["data"], abs=1e-9)
    assert found.code.value == pytest.approx(expected["code"], abs=1e-9)
    assert found.data.value + found.code.value == pytest.approx(found.total.value, abs=1e-9)


@given(CELLS)
def test_data_and_code_change_roles_and_intervals_lie_about_values(scores: Scores) -> None:
    found, turned = attribute(design(scores)), attribute(design(scores.swapaxes(0, 1)))
    assert (found.data.value, found.code.value) == (turned.code.value, turned.data.value)
    for effect in (found.data, found.code, found.interaction, found.total):
        assert effect.low <= effect.value <= effect.high


def test_the_same_scores_give_the_same_answer_and_equal_ones_none() -> None:
    scores = np.random.default_rng(1).normal(size=(2, 2, 9))
    assert attribute(design(scores)) == attribute(design(scores.copy()))
    still = attribute(design(np.full((2, 2, 5), 0.3)))
    assert (still.data.low, still.data.high, still.cause) == (0, 0, "nothing certain")


@pytest.mark.parametrize("name", NOISES)
@pytest.mark.parametrize("seeds", [5, 12])
def test_intervals_of_95_hold_the_truth_in_93_of_100(name: str, seeds: int) -> None:
    """Noise of each cell by itself, and more that all four cells of a seed share."""
    draw, held, truth = np.random.default_rng(8), 0, {"data": -0.4, "code": 0.1}
    for _ in range(TRIALS):
        scores = NOISES[name](draw, 4 * seeds).reshape(2, 2, seeds) + draw.normal(size=seeds)
        scores[1] += truth["data"]
        scores[:, 1] += truth["code"]
        found = attribute(design(scores))
        held += found.data.low <= truth["data"] <= found.data.high
        held += found.code.low <= truth["code"] <= found.code.high
    assert held / (2 * TRIALS) >= 0.93


def test_an_interaction_as_large_as_the_parts_is_told() -> None:
    noise = np.random.default_rng(2).normal(0, 0.01, (2, 2, 8))
    alone, together = noise.copy(), noise.copy()
    alone[1] += 1
    together[1, 1] += 1
    assert not attribute(design(alone)).entangled
    assert attribute(design(alone)).cause == "data"
    assert attribute(design(together)).entangled
    assert attribute(design(together)).cause == "data and code"


def test_what_no_design_is() -> None:
    with pytest.raises(InputError, match="4 seeds: train each of the four with 5"):
        design(np.zeros((2, 2, 4)))
    with pytest.raises(InputError, match="shape"):
        Factorial(np.zeros((2, 3, 5)), tuple("abcde"))
    spoilt = np.zeros((2, 2, 5))
    spoilt[1, 0, 3] = np.nan
    with pytest.raises(InputError, match="data new, code old, seed 3"):
        design(spoilt)
    with pytest.raises(InputError, match="0 seeds"):
        Factorial.of({})
