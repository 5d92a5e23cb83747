"""Backfills by command: called what their runs came to, once these have ended."""

from collections.abc import Iterator

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill

from karat.resources.ended_backfills import tell_backfills
from karat.sensors import ended_backfills

NAME = "made-by-hand"
Status = dg.DagsterRunStatus


@dg.job
def nothing() -> None:
    """Do nothing: how its runs ended is told by hand."""


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def begun(
    instance: dg.DagsterInstance,
    *ends: Status,
    called: BulkActionStatus = BulkActionStatus.COMPLETED,
) -> list[str]:
    """Keep a backfill with runs that ended so; return these."""
    instance.add_backfill(PartitionBackfill(NAME, called, from_failure=False, tags={},
                                            backfill_timestamp=1.0))  # fmt: skip
    return [run(instance, status) for status in ends]


def run(instance: dg.DagsterInstance, status: Status, **tags: str) -> str:
    told = {"dagster/backfill": NAME, **{f"dagster/{name}": value for name, value in tags.items()}}
    return instance.create_run_for_job(nothing, status=status, tags=told).run_id


def called(instance: dg.DagsterInstance) -> str:
    found = instance.get_backfill(NAME)
    assert found is not None
    return found.status.value


@pytest.mark.parametrize(
    ("ends", "is_called"),
    [
        ((Status.SUCCESS, Status.SUCCESS), "COMPLETED_SUCCESS"),
        ((Status.FAILURE, Status.SUCCESS), "COMPLETED_FAILED"),
        ((Status.CANCELED, Status.SUCCESS), "COMPLETED_FAILED"),
        ((Status.STARTED, Status.FAILURE), "COMPLETED"),
        ((Status.STARTING,), "COMPLETED"),
        ((), "COMPLETED"),
    ],
)
def test_it_is_called_what_its_runs_came_to(
    instance: dg.DagsterInstance, ends: tuple[Status, ...], is_called: str
) -> None:
    begun(instance, *ends)
    told = tell_backfills(instance)
    assert called(instance) == is_called
    assert told == ({NAME: is_called} if is_called != "COMPLETED" else {})
    assert tell_backfills(instance) == {}, "told once"


def test_what_is_tried_again_has_not_ended(instance: dg.DagsterInstance) -> None:
    begun(instance, Status.SUCCESS)
    first = run(instance, Status.FAILURE, will_retry="true")
    assert tell_backfills(instance) == {}
    run(instance, Status.SUCCESS, root_run_id=first)
    assert tell_backfills(instance) == {NAME: "COMPLETED_SUCCESS"}


def test_a_run_of_which_nobody_has_said_yet_whether_it_is_tried_again_has_not_ended(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = begun(instance, Status.FAILURE)
    monkeypatch.setattr(dg.DagsterInstance, "run_retries_enabled", True)
    assert tell_backfills(instance) == {}
    instance.add_run_tags(first, {"dagster/will_retry": "false"})
    assert tell_backfills(instance) == {NAME: "COMPLETED_FAILED"}


@pytest.mark.parametrize("status", ["REQUESTED", "COMPLETED_FAILED", "CANCELED", "FAILED"])
def test_what_the_daemon_ends_is_left_to_it(instance: dg.DagsterInstance, status: str) -> None:
    begun(instance, Status.SUCCESS, called=BulkActionStatus(status))
    assert tell_backfills(instance) == {}
    assert called(instance) == status


def test_the_sensor_says_what_it_told(instance: dg.DagsterInstance) -> None:
    begun(instance, Status.FAILURE)
    said = ended_backfills.define()(dg.build_sensor_context(instance))
    assert isinstance(said, dg.SkipReason)
    assert said.skip_message == f"{NAME}: COMPLETED_FAILED"
