"""The sensor that tells what is wrong: on the asset's page, and to a receiver, once."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from karat.breaker import breakers, reset
from karat.resources import lake_resource, notices_resource
from karat.simulation import lost_deltas
from karat.verdicts import Ledger
from tests.lakefs_double.receiver import receiving


def tick(world: Any, cursor: str | None = None) -> dg.SensorResult:
    sensor = world.definitions.resolve_sensor_def("degraded")
    resources = {
        "lake": lake_resource(world.settings),
        "notices": notices_resource(world.settings),
    }
    context = dg.build_sensor_context(
        world.instance, cursor=cursor, resources=resources, definitions=world.definitions
    )
    result = sensor(context)
    assert isinstance(result, dg.SensorResult)
    return result


def words(result: dg.SensorResult) -> str:
    assert result.skip_reason is not None
    return str(result.skip_reason.skip_message)


def shown(result: dg.SensorResult) -> dict[str, Any]:
    (event,) = result.asset_events
    assert event.asset_key == dg.AssetKey("published_events")
    return {key: value.value for key, value in event.metadata.items()}


def test_a_fault_is_shown_and_told_and_its_repair_too(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.run("rebuild", *world.partitions[::2]).success
    with receiving() as hook:
        monkeypatch.setenv("KARAT_NOTIFY_URL", hook.url)
        quiet = tick(world)
        assert words(quiet) == "wrong now: nothing (0 letters sent, 0 waiting)"
        world.restate(0, lost_deltas(world.days[0].raw, 0.05, 3).raw)
        world.run("rebuild", world.partitions[0])
        assert len(breakers(Ledger(world.lake), "book_events")) == 1
        hook.status = 503
        bad = tick(world, quiet.cursor)
        assert "answered 503" in words(bad)
        assert shown(bad)["degraded"] is True
        assert str(world.partitions[0]) in str(shown(bad)["stopped by breakers"])
        assert tick(world, bad.cursor).asset_events == [], "shown once"
        hook.status, hook.payloads = 200, []
        later(monkeypatch, 60)
        assert "2 letters sent, 0 waiting" in words(tick(world, bad.cursor))
        assert [one["sort"] for one in hook.payloads] == ["fail", "breaker"]
        world.restate(0, world.days[0].raw)
        world.run("rebuild", world.partitions[0])
        over = tick(world, bad.cursor)
        assert [one["event"] for one in hook.payloads[2:]] == ["resolved", "resolved"], words(over)
        assert shown(over)["degraded"] is False


def test_training_on_what_is_proved_is_refused_while_a_breaker_is_open(
    world: Any, why: Any
) -> None:
    first = {"partitions": [f"*/{world.partitions[0].date}"]}
    assert world.run("rebuild", *world.partitions[::2]).success
    assert world.run("train", training_dataset=first).success
    world.restate(2, lost_deltas(world.days[2].raw, 0.05, 3).raw)
    world.run("rebuild", world.partitions[2])
    refused = why(world.run("train", training_dataset=first))["training_dataset"]
    assert "the breaker of book_events/sim-usdm-karusdt is open" in refused
    reset(world.lake, "book_events", world.partitions[2].instrument, who="ops", reason="known")
    assert world.run("train", training_dataset=first).success


def later(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    """Let the outbox's pauses be over."""
    import time

    now = time.time
    monkeypatch.setattr("karat.telemetry.time.time", lambda: now() + seconds)


def test_the_address_of_a_receiver_is_in_no_configuration(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KARAT_NOTIFY_URL", "https://example.org/s3cret")
    assert "s3cret" not in repr(notices_resource(world.settings))
    assert Path(notices_resource(world.settings).file) == world.settings.home / "notices.db"


def test_a_lake_that_cannot_be_opened_is_a_failed_tick(world: Any) -> None:
    lake = Path(world.settings.home / "lake")
    lake.rename(lake.with_name("elsewhere"))
    lake.write_text("no lake")
    with pytest.raises(Exception, match="lake"):
        tick(world)
