"""A threshold over many days, decided from columns: the same verdicts, and nothing but the store.

"Many" is four days here.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.partitions import lean_table
from karat.errors import CorruptError
from karat.flow import rejudging_at_once, rounds
from karat.flow.reproducing import reproduce as made_again
from karat.verdicts import Ledger, Outcome, certain, deciding
from karat.verdicts.batches import batches
from tests.unit.rejudged import COUNT, DAYS, Days, changed, judged_days

THRESHOLDS: list[dict[str, Any]] = [
    {"tolerance": "0.0001"},
    {"tolerance": "0.21", "alpha": "0.3"},
    {"tolerance": "0.21", "alpha": "0.01"},
    {"tolerance": "0.21", "min_rows": 10**6, "worst_chunk": "warn"},
    {"tolerance": "0.21", "severity": "warn"},
]


@pytest.fixture
def few() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture
def own(tmp_path: Any, few: pytest.MonkeyPatch) -> Days:
    few.setattr("karat.flow.measurements.MANY", 4)
    place = judged_days(tmp_path)
    place.judge(changed(tolerance="0.9"))  # the ledger gets what was measured
    return place


def count(patch: pytest.MonkeyPatch, where: Any, name: str) -> list[Any]:
    """Have the calls of a function noted."""
    calls, real = list[Any](), getattr(where, name)

    def noted(*given: Any) -> Any:
        calls.append(given)
        return real(*given)

    patch.setattr(where, name, noted)
    return calls


@pytest.mark.parametrize("said", THRESHOLDS, ids=str)
def test_columns_give_the_verdicts_that_rows_give(
    own: Days, few: pytest.MonkeyPatch, said: dict[str, Any]
) -> None:
    slow = count(few, rounds, "decide")
    at_once = count(few, rejudging_at_once, "decided_at_once")
    contract = changed(**said)
    found = own.judge(contract)
    assert (found.cached, found.bytes_read, len(at_once), slow) == (0, 0, 1, [])
    again = made_again(own.open, contract)
    assert all(one.same for one in again)
    assert [found.verdicts[one.partition] for one in again] == [one.again for one in again]
    assert own.judge(contract).cached == COUNT


def test_doubts_are_decided_in_rationals(own: Days, few: pytest.MonkeyPatch) -> None:
    few.setattr("karat.verdicts.certain.NEAR", 2.0)  # everything is near to every bar
    exact = count(few, rejudging_at_once, "ruled")
    contract = changed(tolerance="0.0001")
    found = own.judge(contract)
    assert len(exact) == COUNT
    assert all(one.same for one in made_again(own.open, contract))
    assert found.verdicts[DAYS[0]].outcome is not Outcome.PASS


def test_a_wrong_decision_is_not_believed(own: Days, few: pytest.MonkeyPatch) -> None:
    """What columns said is held to rationals whenever a verdict is looked at."""
    few.setitem(deciding.OUTCOMES, certain.FAIL, Outcome.PASS)
    few.setitem(deciding.OUTCOMES, certain.OPEN, Outcome.PASS)
    contract = changed(tolerance="0.0001")
    found = own.judge(contract)
    assert found.outcome is Outcome.PASS
    for held in (found, own.judge(contract)):
        with pytest.raises(CorruptError, match="does not follow"):
            _ = held.verdicts[DAYS[0]]
    key = next(entry.key for one in batches(own.now, "many", contract.digest)
               for entry in [one.batch.entries[str(DAYS[0])]])  # fmt: skip
    with pytest.raises(CorruptError, match="does not follow"):
        own.now.verdict("many", DAYS[0], key)


def test_a_replaced_day_leaves_no_columns(own: Days, few: pytest.MonkeyPatch) -> None:
    own.put([(DAYS[4], lean_table(99, 400))])
    own.judge(changed(tolerance="0.9"))
    at_once = count(few, rejudging_at_once, "decided_at_once")
    contract = changed(tolerance="0.8")
    assert own.judge(contract).cached == 0
    assert at_once == []  # of these days together nothing was measured before
    assert own.judge(changed(tolerance="0.7")).cached == 0
    assert len(at_once) == 1
    assert all(one.same for one in made_again(own.open, contract))


def test_evidence_that_the_ledger_lacks_is_not_relied_on(
    own: Days, few: pytest.MonkeyPatch
) -> None:
    at_once = count(few, rejudging_at_once, "decided_at_once")
    holds = Ledger.holds
    few.setattr(Ledger, "holds", lambda of, path: path[:8] != "measured" and holds(of, path))
    assert own.judge(changed(tolerance="0.6")).cached == 0
    assert at_once == []
