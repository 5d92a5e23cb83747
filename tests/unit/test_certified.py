"""How many distances have a threshold inside their certified interval."""

from typing import Any

import pytest

from karat.verdicts import Outcome, Verdict
from karat.verdicts.certified import Certified, certified
from karat.verdicts.verdict import Finding, Inputs

INPUTS = Inputs("many", "v-m-a/2024-01-01", "c", (), "", "", "r", "L1", 4)
EXACT = {"low": 0.2, "high": 0.2, "scale": 0.1, "q": 2.0}
WIDE = {"low": 0.2, "high": 0.3, "scale": 0.1, "q": 1.0}


def of(*numbers: Any) -> Any:
    found = [Finding("unpaired", "gate", f"d{n}", Outcome.PASS, "", said)
             for n, said in enumerate(numbers)]  # fmt: skip
    return tuple(certified([Verdict(INPUTS, tuple(found))]))


@pytest.mark.parametrize(
    ("more", "inside"),
    [
        ({}, 0),
        ({"q": 2.5}, 1),
        ({"q": 2.0}, 1),  # at most q: the lower end is inside
        ({"q": 3.0}, 0),  # and the upper end is not
        ({"tolerance": "0.25"}, 1),
        ({"tolerance": "0.35"}, 0),
        ({"tolerance": "0.35", "half_width": 0.1}, 1),
        ({"tolerance": "0.15", "half_width": 0.1}, 1),
        ({"tolerance": "0.15", "half_width": 0.02}, 0),
    ],
)
def test_a_threshold_inside_counts(more: dict[str, Any], inside: int) -> None:
    assert of(WIDE | more) == (inside, 1, 0)


def test_what_is_exact_or_held_to_nothing_is_not_inside() -> None:
    assert of(EXACT, {"low": 0.1, "high": 0.3}, {"checked": 4}) == (0, 1, 0)
    assert of() == (0, 0, 0)
    assert of(WIDE | {"q": 2.5}, EXACT, WIDE) == (1, 3, 0)


def test_what_was_refined_is_counted_and_told() -> None:
    found = of(EXACT | {"refined": 3}, WIDE | {"q": 2.5}, EXACT)
    assert found == (1, 3, 1)
    assert Certified(*found).words().endswith("certified interval; 1 were refined")
