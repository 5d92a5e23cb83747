"""Someone's own statistic in the lake: golden built with it, states cached, days judged by it."""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import pytest

from karat.assets.findings import about_partition
from karat.errors import CorruptError
from karat.explanation import explained
from karat.flow import adopt_golden, build_golden
from karat.flow.explaining import case_of, evidence_of
from karat.lake.layout import MAIN, Partition
from karat.states.plugged import plugged
from karat.verdicts import trial

pytestmark = pytest.mark.e2e

DAYS = [Partition("sim-usdm-aaa", f"2024-03-{n:02}") for n in range(1, 8)]
RULE = {"name": "rises of the bid", "column": "best_bid_ticks", "rows": "live_deltas"}


def test_it_is_cached_merged_and_shown_like_any_other(
    place: Any, home_rises: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    observed = counted(monkeypatch, home_rises)
    values = place.contract.model_dump(by_alias=True, mode="json")
    values["unpaired"]["alpha"] = "1/3"
    values["unpaired"]["distances"].append({**RULE, "kind": home_rises})
    place.contract = type(place.contract).model_validate(values)
    place.validate()
    days = DAYS[:2], DAYS[2:5]
    manifest = build_golden(place.lake, place.contract, MAIN, *days, store=place.store)
    adopt_golden(place.lake, manifest, who="the owner", reason="with rises")
    result = place.validate()
    shown = {name: f for v in result.verdicts.values() for f in v.findings if (name := f.name)}
    assert shown[RULE["name"]].numbers["statistic"] == home_rises
    low, high = result.merged[RULE["name"]]
    assert 0 <= low == high < 1
    check = about_partition(place.contract, "unpaired", result, DAYS[5])
    rows = [record.data for record in check.metadata["findings"].records]
    assert [row["rule"] for row in rows if home_rises in str(row["why"])] == [RULE["name"]]
    case = case_of(place.lake, place.contract, MAIN, DAYS[5], store=place.store)
    finding = next(f for f in case.verdict.findings if f.name == RULE["name"])
    told = explained(evidence_of(place.contract, case, finding), finding)
    assert any("statistic of another package" in step for step in told.steps)
    before = len(observed)
    assert before >= len(result.verdicts)
    assert place.validate().bytes_read == 0
    assert len(observed) == before
    monkeypatch.setattr(type(plugged(home_rises)), "version", 2)
    monkeypatch.setattr("karat.flow.ways._known", {})  # as in a new process
    monkeypatch.setattr("karat.flow.golden_in_force._read", WeakKeyDictionary())
    trial._decoded.cache_clear()
    with pytest.raises(CorruptError, match="home_rises: byte format 1 is unknown, only 2 is read"):
        place.validate()


def counted(monkeypatch: pytest.MonkeyPatch, kind: str) -> list[int]:
    """Return a list that gains the rows of each column that the statistic observes."""
    statistic, seen = type(plugged(kind)), []
    observe: Callable[[Any, Any], Any] = statistic.observe

    def told(self: Any, values: Any) -> Any:
        seen.append(len(values))
        return observe(self, values)

    monkeypatch.setattr(statistic, "observe", told)
    return seen
