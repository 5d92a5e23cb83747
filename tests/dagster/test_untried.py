"""Failed runs that Dagster was to try again and has not: asked for, once each, and not for ever."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill

from karat.resources.launching import WatchedRunLauncher
from karat.resources.run_tags import INSTEAD, PARTITION
from karat.resources.untried import ROOT, TRIED_BY, TRIES, UNTRIED_S, WITHIN_S, tried_again, untried
from karat.sensors import lost_runs
from karat.telemetry import now_s
from tests.dagster.test_lost_runs import in_memory

DAY = "2024-01-02|sim-usdm-a"
MAY = {"dagster/will_retry": "true"}


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with in_memory(tmp_path, WatchedRunLauncher()) as made:
        yield made


@dg.job
def job_of_ours() -> None:
    """Do nothing: how its runs ended is told by hand."""


def later(seconds: int = UNTRIED_S + 1) -> int:
    return now_s() + seconds


def failed(instance: dg.DagsterInstance, **tags: str) -> dg.DagsterRun:
    """Keep a run whose process was killed, as Dagster keeps it."""
    told = {name.replace("__", "/"): value for name, value in tags.items()}
    run = instance.create_run_for_job(job_of_ours, tags=MAY | told)
    instance.report_run_failed(run)
    instance.add_run_tags(run.run_id, MAY | told)
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found


def keep_backfill(instance: dg.DagsterInstance, status: BulkActionStatus) -> None:
    instance.add_backfill(PartitionBackfill("b", status, from_failure=False, tags={},
                                            backfill_timestamp=1.0))  # fmt: skip


def names(runs: Iterator[dg.DagsterRun]) -> list[str]:
    return [run.run_id for run in runs]


def test_where_nothing_failed_nothing_is_to_be_tried(instance: dg.DagsterInstance) -> None:
    instance.create_run_for_job(job_of_ours, status=dg.DagsterRunStatus.SUCCESS)
    assert names(untried(instance, later)) == []


def test_dagster_has_some_seconds_to_try_it_itself(instance: dg.DagsterInstance) -> None:
    run = failed(instance)
    assert names(untried(instance)) == []
    assert names(untried(instance, later)) == [run.run_id]
    assert names(untried(instance, lambda: later(2 * WITHIN_S))) == [], "that is history"


@pytest.mark.parametrize(
    "tags", [{"dagster__will_retry": "false"}, {TRIED_BY.replace("/", "__"): "another"}], ids=str
)
def test_what_failed_on_purpose_or_was_tried_again_is_left(
    instance: dg.DagsterInstance, tags: dict[str, str]
) -> None:
    failed(instance, **tags)
    assert names(untried(instance, later)) == []


def test_it_is_tried_once_and_dagster_is_told_by_which_run(instance: dg.DagsterInstance) -> None:
    keep_backfill(instance, BulkActionStatus.COMPLETED)
    named = {"dagster__partition": DAY, "dagster__backfill": "b", "tenant": "t"}
    beside = {"karat__proved": "r", "dagster__priority": "1", "dagster__run_key": "k"}
    run = failed(instance, **named, **beside)
    tags = tried_again(instance, run)
    own = {INSTEAD: run.run_id, ROOT: run.run_id, TRIES: tags[TRIES]}
    over = {PARTITION: DAY, "dagster/backfill": "b", "tenant": "t", "karat/proved": "r"}
    assert tags == over | own
    second = instance.create_run_for_job(job_of_ours, tags=tags)
    assert names(untried(instance, later)) == []
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    assert found.tags[TRIED_BY] == second.run_id


@pytest.mark.parametrize(
    ("status", "goes_on"),
    [
        (BulkActionStatus.REQUESTED, True),
        (BulkActionStatus.COMPLETED, True),
        (BulkActionStatus.CANCELED, False),
        (BulkActionStatus.COMPLETED_FAILED, False),
        (None, False),
    ],
    ids=str,
)
def test_of_a_backfill_that_was_ended_or_called_off_nothing_is_tried(
    instance: dg.DagsterInstance, status: BulkActionStatus | None, *, goes_on: bool
) -> None:
    """One that is not there is deleted, or a command's that is submitting its runs still."""
    if status:
        keep_backfill(instance, status)
    run = failed(instance, dagster__backfill="b")
    assert names(untried(instance, later)) == ([run.run_id] if goes_on else [])


def test_tries_come_to_an_end(instance: dg.DagsterInstance) -> None:
    """Whoever counts: the run that tries again is the first of a group of its own for Dagster."""
    run, left = failed(instance, **{TRIES.replace("/", "__"): "2"}), []
    for _ in range(2):
        tags = tried_again(instance, run)
        left.append(int(tags[TRIES]))
        run = failed(instance, **{name.replace("/", "__"): value for name, value in tags.items()})
    assert left == [1, 0]
    assert run.tags[ROOT] != run.run_id


def test_the_sensor_asks_for_runs_of_its_jobs_only(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = failed(instance, dagster__partition=DAY)
    monkeypatch.setattr("karat.resources.untried.UNTRIED_S", -1)
    theirs = lost_runs.define([])(dg.build_sensor_context(instance))
    assert theirs == dg.SkipReason("no run is lost")
    found = lost_runs.define([job_of_ours])(dg.build_sensor_context(instance))
    assert isinstance(found, dg.SensorResult)
    (asked,) = found.run_requests or []
    assert (asked.job_name, asked.run_key) == ("job_of_ours", f"instead-of-{run.run_id}")
    assert asked.tags[INSTEAD] == run.run_id
