"""A lake that answers late, or not at all: a long tick or a failed one, never "nothing new"."""

import os
from typing import Any

import dagster as dg
import pytest

from karat.errors import KaratError
from karat.resources import lake_resource, notices_resource
from karat.resources.dagster_private import without_previews
from karat.simulation import corrected
from tests.dagster.ticking import ASKING
from tests.lakefs_double.faults import Fault
from tests.lakefs_double.server import Double

pytestmark = pytest.mark.parametrize("world", ["lakefs"], indirect=True)
LATE_S = 10.0 if os.environ.get("KARAT_SOAK") else 0.2
MANY = 10_000
SENSORS = (*ASKING, "overdue", "degraded")


def tick(world: Any, name: str, cursor: str | None) -> dg.SensorResult:
    """Tick a sensor that opens the lake anew, as the process of a tick does."""
    context = dg.build_sensor_context(
        world.instance,
        cursor=cursor,
        resources={
            "lake": lake_resource(world.settings),
            "notices": notices_resource(world.settings),
        },
        definitions=world.definitions,
    )
    with without_previews():
        result = world.definitions.resolve_sensor_def(name)(context)
    assert isinstance(result, dg.SensorResult)
    return result


def asked(result: dg.SensorResult) -> list[tuple[str | None, str | None]]:
    return [(one.job_name, one.run_key) for one in result.run_requests or ()]


def befall(double: Double, how: Any, **more: Any) -> None:
    double.faults.add(Fault("", how, times=MANY, **more))


def test_a_late_answer_is_waited_for(world: Any, double: Double) -> None:
    seen = tick(world, "content_changed", None).cursor
    world.restate(0, corrected(world.days[0].raw))
    at_once = tick(world, "content_changed", seen)
    befall(double, "slow", seconds=LATE_S)
    late = tick(world, "content_changed", seen)
    double.faults.waiting.clear()
    assert asked(late) == asked(at_once) != []
    assert late.cursor == at_once.cursor


@pytest.mark.parametrize("how", ["refused", "dropped"])
def test_no_answer_fails_every_tick_and_nothing_is_passed_over(
    world: Any, double: Double, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr("karat.lake.lakefs_calls.MOST_PAUSE_S", 0.001)
    seen = {name: tick(world, name, None).cursor for name in SENSORS}
    world.restate(0, corrected(world.days[0].raw))
    befall(double, how, status=503)
    for name in SENSORS:
        with pytest.raises(KaratError):
            tick(world, name, seen[name])
    double.faults.waiting.clear()
    assert asked(tick(world, "content_changed", seen["content_changed"])) != []
