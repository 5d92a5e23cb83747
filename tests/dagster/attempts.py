"""Eight ways to begin a run that ends in training data, and how each came out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import dagster as dg

from karat.assets.partitions import key_of
from karat.lake.layout import Partition
from tests.dagster.processes import until
from tests.dagster.served import FINISHED, REPOSITORY, Served

MODULE = "tests.dagster.gated"
TRAIN, PUBLISH, REBUILD = "training_dataset", "published_events", "book_events"
BACKFILL = """mutation ($given: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $given) { __typename
    ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
REPORT = """mutation ($given: ReportRunlessAssetEventsParams!) {
  reportRunlessAssetEvents(eventParams: $given) { __typename } }"""
START = """mutation ($schedule: ScheduleSelector!) { startSchedule(scheduleSelector: $schedule) {
  __typename ... on PythonError { message } } }"""
SCHEDULE = """query ($schedule: ScheduleSelector!) { scheduleOrError(scheduleSelector: $schedule) {
  ... on Schedule { id } } }"""
STOP = """mutation ($id: String!) { stopRunningSchedule(id: $id) { __typename } }"""
FAR_S = 240


@dataclass(frozen=True)
class Outcome:
    """Whether training data was cut on a way, and what was said where not."""

    cut: bool
    said: str


Wait = Callable[[], Outcome]


def assets(*names: str) -> list[dict[str, list[str]]]:
    return [{"path": [name]} for name in names]


def named(day: Partition, name: str) -> dict[str, dict[str, object]]:
    """Return the configuration that cuts one day alone, under a name of its own."""
    return {TRAIN: {"name": name, "partitions": [str(day)]}}


def by_hand(server: Served, day: Partition) -> Wait:
    run = server.launch("__ASSET_JOB", assets=assets(TRAIN), config=named(day, "hand"))
    return lambda: ended(server, [run])


def unchecked(server: Served, day: Partition) -> Wait:
    chosen = assets(REBUILD, PUBLISH, TRAIN)
    run = server.launch(
        "__ASSET_JOB", day, assets=chosen, checks=[], config=named(day, "unchecked")
    )
    return lambda: ended(server, [run])


def raw_tags(server: Served, day: Partition) -> Wait:
    tags = {"dagster/partition": str(key_of(day)), "verdict": "PASS", "dagster/priority": "99"}
    run = server.launch("train", tags=tags, config=named(day, "tags"))
    return lambda: ended(server, [run])


def over_a_range(server: Served, day: Partition) -> Wait:
    first = Partition(day.instrument, "2024-01-01")
    chosen = assets(REBUILD, PUBLISH, TRAIN)
    run = server.launch("__ASSET_JOB", first, day, assets=chosen, config=named(day, "range"))
    return lambda: ended(server, [run])


def by_backfill(server: Served, day: Partition) -> Wait:
    given = {
        "partitionNames": [str(key_of(day))],
        "assetSelection": assets(PUBLISH, TRAIN),
        "runConfigData": {"ops": {k: {"config": v} for k, v in named(day, "backfill").items()}},
    }
    said = server.ask(BACKFILL, given=given)["launchPartitionBackfill"]
    assert said["__typename"] == "LaunchBackfillSuccess", said
    return lambda: backfilled(server, str(said["backfillId"]))


def on_the_command_line(server: Served, day: Partition) -> Wait:
    config = {"ops": {k: {"config": v} for k, v in named(day, "line").items()}}
    words = ["asset", "materialize", "--select", TRAIN, "-m", MODULE]
    told = subprocess.Popen(
        [sys.executable, "-m", "dagster", *words, "--config-json", json.dumps(config)],
        env={**os.environ, **server.processes.environment, **server.processes._own()},
        cwd=server.processes.home,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    def wait() -> Outcome:
        said, _ = told.communicate(timeout=FAR_S)
        return Outcome(told.returncode == 0, said)

    return wait


def by_schedule(server: Served, _day: Partition) -> Wait:
    before = runs_with(server, {"dagster/schedule_name": "weekly_cut"})
    server.ask(START, schedule={**REPOSITORY, "scheduleName": "weekly_cut"})
    return lambda: first_after(server, {"dagster/schedule_name": "weekly_cut"}, before)


def by_condition(server: Served, day: Partition) -> Wait:
    """Tell Dagster, as any client can, that a day was published: the condition is met by that."""
    before = runs_with(server, {"dagster/sensor_name": "by_condition"})
    given = {"eventType": "ASSET_MATERIALIZATION", "assetKey": {"path": [PUBLISH]},
             "partitionKeys": [str(key_of(day))]}  # fmt: skip
    server.ask(REPORT, given=given)
    return lambda: first_after(server, {"dagster/sensor_name": "by_condition"}, before)


def stop_schedule(server: Served, name: str) -> None:
    """Switch a schedule off, wherever it came from."""
    known = server.ask(SCHEDULE, schedule={**REPOSITORY, "scheduleName": name})["scheduleOrError"]
    said = server.ask(STOP, id=known["id"])["stopRunningSchedule"]
    assert said["__typename"] == "ScheduleStateResult", said


WAYS: dict[str, Callable[[Served, Partition], Wait]] = {
    "hand launch": by_hand,
    "checks deselected": unchecked,
    "raw tags": raw_tags,
    "range": over_a_range,
    "backfill": by_backfill,
    "command line": on_the_command_line,
    "schedule": by_schedule,
    "condition": by_condition,
}


def runs_with(server: Served, tags: dict[str, str]) -> list[str]:
    found = server.instance.get_runs(filters=dg.RunsFilter(tags=tags))
    return [run.run_id for run in found]


def first_after(server: Served, tags: dict[str, str], before: list[str]) -> Outcome:
    def new() -> list[str]:
        return [run for run in runs_with(server, tags) if run not in before]

    until(new, f"a run with {tags}", FAR_S)
    return ended(server, new()[-1:])


def ended(server: Served, runs: list[str]) -> Outcome:
    """Wait for runs; training data was cut if all succeeded and one of them says so."""
    until(lambda: all(server.status(run) in FINISHED for run in runs), "runs end", FAR_S)
    said = [text for run in runs for text in server.why(run).values()]
    good = all(server.status(run) == "SUCCESS" for run in runs)
    return Outcome(good and any(trained(server, run) for run in runs), "\n".join(said))


def trained(server: Served, run: str) -> bool:
    made = [entry.dagster_event for entry in server.instance.all_logs(run)]
    keys = [one.asset_key for one in made if one is not None and one.is_step_materialization]
    return dg.AssetKey(TRAIN) in keys


def backfilled(server: Served, backfill: str) -> Outcome:
    def status() -> str:
        found = server.instance.get_backfill(backfill)
        return found.status.value if found else ""

    until(lambda: status().startswith(("COMPLETED", "FAILED")), "a backfill ends", FAR_S)
    done = ended(server, runs_with(server, {"dagster/backfill": backfill}))
    return Outcome(done.cut and status() == "COMPLETED_SUCCESS", f"{status()}\n{done.said}")
