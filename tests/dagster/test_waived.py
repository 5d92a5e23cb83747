"""A failure that somebody answers for: shown as one, published, and trained on while it lasts."""

from typing import Any

import dagster as dg
import pytest

from karat.flow.waiving import waive, withdraw
from karat.resources import lake_resource
from karat.simulation import lost_deltas

UNTIL = "2099-12-31"


@pytest.fixture
def faulted(world: Any) -> Any:
    """Return the world whose last day lost messages, rebuilt and refused."""
    assert world.run("rebuild", world.partitions[0], world.partitions[2]).success
    world.restate(2, lost_deltas(world.days[2].raw, 0.01, seed=3).raw)
    assert not world.run("rebuild", world.partitions[2]).success
    return world


def failed(result: Any) -> dict[str, dg.AssetCheckSeverity]:
    """Return the checks that failed, and how gravely."""
    found = result.get_asset_check_evaluations()
    return {one.check_name: one.severity for one in found if not one.passed}


def test_it_warns_says_who_answers_and_holds_up_nothing(faulted: Any, why: Any) -> None:
    on, day = lake_resource(faulted.settings).connect(), faulted.partitions[2]
    error, warn = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN
    assert error in failed(faulted.run("revalidate", day)).values()
    said: dict[str, Any] = {"who": "ann", "reason": "the vendor lost them"}
    waive(on.lake, on.contract, day, **said, until=UNTIL, critical=True, store=on.store)
    result = faulted.run("rebuild", day)
    assert why(result) == {}
    shown = failed(result)
    assert set(shown.values()) == {warn}, "it is still no PASS"
    texts = [str(one.description) for one in result.get_asset_check_evaluations()
             if one.check_name in {"sequence", "paired"} and not one.passed]  # fmt: skip
    assert texts
    assert all(f"waived by ann until {UNTIL}, invariants too: the vendor" in one for one in texts)
    assert faulted.run("train").success
    withdraw(on.lake, on.contract, day, **said)
    assert error in failed(faulted.run("revalidate", day)).values()
    assert not faulted.run("train").success
