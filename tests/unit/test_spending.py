"""What judging may cost and did, and the alarm over time."""

from fractions import Fraction
from typing import Any

import pytest

from karat.errors import InputError
from karat.flow.watching import watched
from karat.golden import GoldenManifest, manifest_of
from karat.lake.layout import Partition
from karat.verdicts import Finding, Outcome, Verdict
from karat.verdicts.spending import spending
from karat.verdicts.table_sample import TableSample
from karat.verdicts.verdict import Inputs
from tests.unit.test_golden import contract, day

INPUTS = Inputs("walk", "i/d", "c", (), "g", "", "k", "L1", 2)
DAYS = [f"sim-usdm-abc/2024-01-{n:02}" for n in range(1, 29)]


def verdict(*, exceeded: bool, role: Any = "gate", judged: bool = True) -> Verdict:
    outcome = Outcome.FAIL if exceeded else Outcome.PASS
    numbers: dict[str, Any] = {"alpha": "1/5"} | ({"q": 2.0} if judged else {})
    score = Finding("unpaired", role, "score", outcome, "", numbers)
    others = [Finding("unpaired", role, name, Outcome.PASS, "", {}) for name in "abc"]
    return Verdict(INPUTS, (score, *others))


def golden() -> GoldenManifest:
    made = [TableSample(name, day(seed)) for seed, name in enumerate(DAYS[:12])]
    return manifest_of(contract(), made[:3], made[3:])


def test_a_budget_is_stated_and_what_was_spent() -> None:
    found = spending({name: verdict(exceeded=n == 4) for n, name in enumerate(DAYS[:10])})
    assert found is not None
    assert (found.budget.expected, found.refused, found.days) == (Fraction(2), 1, 10)
    assert found.budget.distances == 3
    assert "2 of 10 healthy partitions are expected" in found.words()
    assert "over 10 days 1 were refused" in found.words()
    assert found.plain()["alpha"] == 0.2


def test_what_only_warns_or_was_not_judged_spends_nothing() -> None:
    assert spending({}) is None
    assert spending({"i/d": verdict(exceeded=True, role="warn")}) is None
    assert spending({"i/d": verdict(exceeded=True, judged=False)}) is None


def days(exceeded: set[int]) -> dict[Partition, Verdict]:
    return {Partition.parse(n): verdict(exceeded=at in exceeded) for at, n in enumerate(DAYS)}


def test_the_alarm_comes_from_days_that_are_not_golden() -> None:
    own = set(range(12))
    (quiet,) = watched(contract(), golden(), days(own), level=20)
    assert quiet.alarm.index is None
    assert [name for name, _ in quiet.days] == DAYS[12:]
    assert quiet.bound > Fraction(1, 5)
    (loud,) = watched(contract(), golden(), days(own | set(range(16, 28))), level=20)
    assert loud.alarm.partition in DAYS[17:]
    assert loud.plain()["days"][4]["exceeded"]
    assert loud.plain()["alarm"] == loud.alarm.partition


def test_no_quantile_no_alarm() -> None:
    with pytest.raises(InputError, match="0 calibration days make no quantile"):
        watched(contract(), None, days(set()))
    few = manifest_of(contract(), [TableSample("i/1", day(1))], [TableSample("i/2", day(2))])
    with pytest.raises(InputError, match="1 calibration days make no quantile"):
        watched(contract(), few, days(set()))
    assert watched(contract(), golden(), {}) == []
