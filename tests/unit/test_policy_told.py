"""What a policy is worth is told with its unit, few digits, and only what is sure as sure."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.contracts import load_contract
from karat.training.payoffs import payoff_unit
from karat.training.telling import compared, digits, ends, verdicts
from tests.unit.stepped_days import contract

CONTRACTS = Path(__file__).parents[2] / "contracts"
UNIT = "half ticks a lot"


@given(st.floats(-1e9, 1e9), st.floats(0, 1e6), st.floats(0, 1e6))
def test_only_an_interval_on_one_side_of_nothing_is_sure(
    value: float, below: float, above: float
) -> None:
    low, high = value - below, value + above
    told = compared("doing nothing", {"value": value, "low": low, "high": high}, UNIT)
    assert told.startswith("better") == (low > 0)
    assert told.startswith("worse") == (high < 0)
    assert told.startswith("not surely better") == (low <= 0 <= high)
    assert f"{low:+.4g} to {high:+.4g}" in told
    assert UNIT in told


@given(st.floats(-1e12, 1e12))
def test_few_digits_are_shown_and_little_is_lost(value: float) -> None:
    shown = digits(value)
    assert abs(shown - value) <= abs(value) * 5e-4
    assert len(repr(shown).replace("-", "").replace(".", "").split("e")[0].strip("0")) <= 4


def test_both_rivals_are_told_of() -> None:
    sure = {"value": 3.0312345, "low": 2.5, "high": 3.5}
    unsure = {"value": 0.4, "low": -0.1, "high": 0.7}
    found = {"over_nothing": sure, "over_best": unsure, "best": "always buy"}
    nothing, best = verdicts(found, UNIT)
    assert nothing == (
        "better than doing nothing by +3.031 half ticks a lot a step (95 %: +2.5 to +3.5)"
    )
    assert best.startswith("not surely better than 'always buy', the best rival: by +0.4")


@pytest.mark.parametrize(("unit", "told"), [("", "+1 a step"), (UNIT, f"+1 {UNIT} a step")])
def test_a_unit_is_told_where_there_is_one(unit: str, told: str) -> None:
    assert ends(1, 0, 2, unit).startswith(told)


def test_the_unit_is_that_of_all_payoffs_or_none() -> None:
    assert payoff_unit(load_contract(CONTRACTS / "rl_steps.yaml")) == UNIT
    assert payoff_unit(contract()) == "", "sell, hold and buy have units of their own there"
    assert payoff_unit(load_contract(CONTRACTS / "book_events.yaml")) == "", "no steps, no payoffs"
