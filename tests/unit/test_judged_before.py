"""Whether a content was judged before: told without reading verdicts of other days, or any."""

from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest

from benchmarks.partitions import lean_table
from karat.breaker import Breaker, Phase, breaker_of
from karat.compute.content import table_content
from karat.lake.layout import Partition
from karat.signing import KeyFiles
from karat.verdicts import Ledger, Outcome
from tests.unit.rejudged import BASE, DAYS, ROWS, Days, changed, judged_days

STRANGER = Partition("v-m-other", DAYS[0].date)


def content(number: int) -> str:
    return table_content(lean_table(number, ROWS)).digest


def told(ledger: Ledger) -> list[tuple[Partition, int]]:
    """Return which contents of which days the ledger says were judged."""
    asked = [(day, n) for day in (*DAYS, STRANGER) for n in range(len(DAYS))]
    return [(day, n) for day, n in asked if ledger.has_judged("many", day, content(n))]


def state(place: Days) -> Breaker:
    return breaker_of(Ledger(place.lake()), "many", DAYS[0].instrument)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Days:
    monkeypatch.setattr("karat.flow.measurements.MANY", 4)
    return judged_days(tmp_path)


def test_it_is_what_looking_at_each_verdict_says(place: Days) -> None:
    own = [(day, n) for n, day in enumerate(DAYS)]
    assert told(place.now) == own  # each in a record of its own
    assert not Ledger(place.lake()).has_judged("other", DAYS[0], content(0))
    place.judge(changed(tolerance="0.25"))  # all in one record
    ledger = Ledger(place.lake())
    assert told(ledger) == own
    for day, number in own:
        verdicts = list(ledger.judged("many", day))
        assert len(verdicts) == 2
        assert {one.inputs.content for one in verdicts} == {content(number)}
    files = KeyFiles.below(place.home)
    old = files.signer().key_id
    files.rotate()
    files.revoke(old, "it was seen elsewhere")
    assert told(Ledger(place.lake())) == []


def test_another_threshold_says_nothing_new_of_the_feed(
    place: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a breaker is open; where the ledger has what was measured, no verdict is looked at."""
    bad = lean_table(0, ROWS)
    place.put([(DAYS[0], bad.set_column(1, "value", pc.negate(bad["value"])))])
    place.judge(BASE)
    first, asked = state(place), list[Any]()
    assert first.phase is Phase.OPEN
    real = Ledger.has_judged

    def noted(*of: Any) -> bool:
        asked.append(of)
        return real(*of)

    monkeypatch.setattr(Ledger, "has_judged", noted)
    for tolerance, alone in (("0.9", True), ("0.91", False)):  # first the store alone tells
        found = place.judge(changed(tolerance=tolerance))
        assert found.cached == 0
        assert Outcome.PASS in {one.outcome for one in found.verdicts.values()}
        assert state(place) == first
        assert bool(asked) is alone
        asked.clear()
