"""Judging by golden days: at, below and above q and every tolerance."""

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from karat.contracts import DistanceRule, UnpairedRule
from karat.distances import Distance
from karat.golden import Yardstick, half_width, manifest_of
from karat.states import ReferenceCounts
from karat.verdicts import Finding, Outcome
from karat.verdicts.limits import Limit
from karat.verdicts.table_sample import TableSample, judge_table
from karat.verdicts.unpaired import Measured, judge_unpaired
from tests.unit.test_golden import contract, day, samples
from tests.unit.test_judging import contract_with, counted
from tests.unit.test_judging import judged as judge_states

PASS, FAIL, OPEN = Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE
ROWS = 900
STAT = ReferenceCounts.from_golden(np.arange(4))
RULES: list[dict[str, Any]] = [
    {"name": "spread", "column": "x", "min_rows": 9},
    {"name": "size", "column": "x", "kind": "atom"},
]
RULE = UnpairedRule.model_validate({"alpha": "0.05", "distances": RULES})


def scores(days: int, low: Fraction | None = None) -> list[tuple[Fraction, Fraction]]:
    return [(Fraction(n + 1) if low is None else low, Fraction(n + 1)) for n in range(days)]


def measured(
    low: str, high: str | None = None, count: int = ROWS, **changed: Any
) -> dict[str, Measured]:
    """Return a spread of these bounds, in units of a scale of 1/10, and a size without distance."""
    asked = DistanceRule.model_validate(RULES[0] | changed)
    one = Yardstick(asked, (), STAT, Fraction(1, 10), (), Fraction(10**9))
    far = Distance(Fraction(low), Fraction(high or low), count)
    none = Distance(Fraction(0), Fraction(0), ROWS)
    size = replace(one, rule=RULE.distances[1])
    return {"spread": Measured(one, far, Fraction(10_000)), "size": Measured(size, none, None)}


def judged(
    found: dict[str, Measured], known: list[tuple[Fraction, Fraction]]
) -> dict[str, Finding]:
    asked = tuple(one.yardstick.rule for one in found.values()) or RULE.distances
    rule = RULE.model_copy(update={"distances": asked})
    limit = Limit(Fraction(rule.alpha), known)
    findings = {f.name: f.finding() for f in judge_unpaired(rule, "warn", found, limit)}
    for finding in findings.values():
        json.dumps(dict(finding.numbers), allow_nan=False)
    return findings


@pytest.mark.parametrize(
    ("found", "days", "outcome", "why"),
    [
        (measured("1.9"), 19, PASS, "19 of 19 calibration days; score 19 against q 19"),
        (measured("1.91"), 19, FAIL, "score 19.1 against q 19, most in 'spread'"),
        (measured("1.9", "1.91"), 19, OPEN, "19 of 19"),
        (measured("0"), 18, OPEN, "18 of 19 calibration days"),
        (measured("0"), 0, OPEN, "0 of 19 calibration days"),
        (measured("9"), 18, OPEN, "18 of 19"),
        ({}, 19, OPEN, "no distance is known"),
    ],
)
def test_a_score_is_judged_by_calibration_days(
    found: dict[str, Measured], days: int, outcome: Outcome, why: str
) -> None:
    findings = judged(found, scores(days))
    assert findings["score"].outcome is outcome
    assert why in findings["score"].reason
    assert set(findings) == ({"score", "spread", "size"} if days else {"score"})
    if found and days:
        assert findings["spread"].outcome is outcome
        assert findings["size"].outcome is (PASS if days == 19 else OPEN)


def test_a_distance_without_yardstick_or_rows_is_open() -> None:
    assert "no yardstick" in judged({}, scores(19))["spread"].reason
    few = judged(measured("0", count=8), scores(19))
    assert few["spread"].outcome is OPEN
    assert few["spread"].reason == "8 rows to measure on, 9 needed"
    assert few["score"].outcome is PASS


def test_bounds_of_calibration_days_leave_a_doubt_open() -> None:
    loose = scores(19, Fraction(5))
    found = [judged(measured(d), loose)["score"].outcome for d in ("0.5", "1", "1.9", "2")]
    assert found == [PASS, OPEN, OPEN, FAIL]


def test_a_tolerance_has_to_be_shown() -> None:
    width = half_width(Fraction("0.05"), Fraction(10_000), Fraction(10**9))
    assert width is not None
    at = Fraction("0.3")
    for distance, outcome in (
        (at - width, PASS),
        (at - width + Fraction(1, 10**9), OPEN),
        (at + width, OPEN),
        (at + width + Fraction(1, 10**9), FAIL),
    ):
        found = judged(measured(str(distance), tolerance="0.3"), scores(19))
        assert found["spread"].outcome is outcome, distance
        assert found["score"].outcome is PASS
        assert found["spread"].numbers["tolerance"] == "0.3"
    unknown = measured("0.1", tolerance="0.3")
    unknown["spread"] = unknown["spread"]._replace(effective_rows=None)
    assert judged(unknown, scores(19))["spread"].outcome is OPEN
    reason = judged(unknown, scores(19))["spread"].reason
    assert "what its rows are worth cannot be told" in reason
    assert "values that are all alike" in reason
    assert judged(measured("9", tolerance="0.3"), scores(18))["spread"].outcome is OPEN


def test_the_numbers_tell_all_it_was_decided_by() -> None:
    found = judged(measured("0.2", tolerance="0.3"), scores(19))
    assert found["spread"].numbers.keys() >= {
        "statistic", "low", "high", "scale", "ratio", "q", "n", "n_eff", "m_eff", "tolerance",
        "half_width",
    }  # fmt: skip
    numbers = found["score"].numbers
    assert (numbers["calibration_days"], numbers["needed_days"], numbers["alpha"]) == (
        19,
        19,
        "1/20",
    )
    assert numbers["p"] == 19 / 20
    assert numbers["false_alarms_high"] == pytest.approx(0.1459, abs=1e-3)


def test_the_rows_of_another_golden_day_are_no_candidate() -> None:
    wide = contract(alpha="0.3")
    golden = manifest_of(wide, samples(0, 3), samples(3, 4))
    copied = judge_table(wide, TableSample("i/77", day(4)), golden)
    assert copied[0].outcome is FAIL
    assert "rows of golden day i/4, not of i/77" in copied[0].reason
    own = judge_table(wide, TableSample("i/4", day(4)), golden)
    assert own[0].outcome is not FAIL


def test_a_golden_capture_of_the_interval_decides_before_golden_days() -> None:
    """Both families are gates: the one there is better evidence for decides, the other warns."""
    both = contract_with(families={"paired": "gate", "unpaired": "gate"})
    for census, gates in ((counted(), "paired"), (None, "unpaired")):
        found = judge_states(both, census=census).values()
        either = [f for f in found if f.family in {"paired", "unpaired"}]
        assert {f.family for f in either if f.role == "gate"} == {gates}
        assert {f.family for f in either if f.role == "warn"} == {"paired", "unpaired"} - {gates}
    warns = contract_with(families={"paired": "gate", "unpaired": "warn"})
    alone = judge_states(warns, census=None).values()
    assert {f.family for f in alone if f.role == "gate"} == {"invariants", "sequence", "paired"}
