"""Someone's own statistic in the lake: golden built with it, states cached, days judged by it."""

from collections.abc import Callable
from typing import Any

import pytest

from karat.flow import adopt_golden, build_golden
from karat.lake.layout import MAIN, Partition

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
    before = len(observed)
    assert before >= len(result.verdicts)
    assert place.validate().bytes_read == 0
    assert len(observed) == before


def counted(monkeypatch: pytest.MonkeyPatch, kind: str) -> list[int]:
    """Return a list that gains the rows of each column that the statistic observes."""
    from karat.states.plugged import plugged

    statistic, seen = type(plugged(kind)), []
    observe: Callable[[Any, Any], Any] = statistic.observe

    def told(self: Any, values: Any) -> Any:
        seen.append(len(values))
        return observe(self, values)

    monkeypatch.setattr(statistic, "observe", told)
    return seen
