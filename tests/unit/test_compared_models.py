"""Kept models as a design: which seeds count, and what cannot be compared."""

from typing import Any

import numpy as np
import pytest

from karat.errors import InputError
from karat.feedback import attribute
from karat.training import Model, Policy, Recipe, factorial


def model(data: str, code: str, seed: int, score: float, judge: str = "golden") -> Model:
    one = np.ones((1, 1), np.float32)
    record: dict[str, Any] = {
        "trained_on": {"dataset": data, "manifest": data},
        "evaluated_on": {"dataset": judge, "manifest": judge},
        "recipe": Recipe(seed=seed).plain(),
        "code": code,
        "torch": "2",
        "evaluation": {"policy": {"value": score}},
    }
    policy = Policy(one[0], one[0], one, one[0], one, one[0])
    return Model("policy", f"{data}-{code}-{seed}", record, policy)


CODES = model("a@1.0.0", "old", 0, 0).code, model("a@1.0.0", "new", 0, 0).code


def four(seeds: int, **changes: Any) -> list[Model]:
    """Return models on two data by two codes; the second data are worse by 1."""
    return [
        model(data, code, seed, seed / 10 - (data == "b@2.0.0"), **changes)
        for data in ("a@1.0.0", "b@2.0.0")
        for code in ("old", "new")
        for seed in range(seeds)
    ]


def test_data_are_found_to_be_the_cause() -> None:
    found = attribute(factorial(four(6), CODES))
    assert (found.cause, found.seeds) == ("data", 6)
    assert found.data.value == pytest.approx(-1)
    turned = attribute(factorial(four(6), CODES, ("b@2.0.0", "a@1.0.0")))
    assert turned.data.value == pytest.approx(1)


def test_only_common_seeds_count_and_other_models_are_left_out() -> None:
    models = [*four(7)[1:], model("c@1.0.0", "old", 0, 9.0), model("a@1.0.0", "third", 0, 9.0)]
    found = factorial(models, CODES, ("a@1.0.0", "b@2.0.0"))
    assert found.seeds == tuple("123456")
    with pytest.raises(InputError, match="3 kinds of data: name two"):
        factorial(models, CODES)
    with pytest.raises(InputError, match="no model has the code 'x'"):
        factorial(models, ("x", CODES[1]))


def test_what_cannot_be_compared() -> None:
    with pytest.raises(InputError, match="evaluated on 2 different datasets"):
        factorial([*four(6)[1:], model("a@1.0.0", "old", 0, 1.0, judge="own")], CODES)
    with pytest.raises(InputError, match="4 seeds"):
        factorial(four(4), CODES)
    with pytest.raises(InputError, match="have none"):
        factorial([], CODES)


def test_the_seed_is_no_code_and_the_recipe_is() -> None:
    first, second = model("a@1", "old", 0, 0.0), model("a@1", "old", 1, 0.0)
    assert first.code == second.code
    wider = model("a@1", "old", 0, 0.0)
    wider.record["recipe"]["hidden"] = 8
    assert wider.code != first.code
