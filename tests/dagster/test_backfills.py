"""Backfills by a real daemon, and what order has to do with what they end as: nothing."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from karat import open_lake
from karat.assets.partitions import key_of
from karat.cli.settings import Settings
from karat.definitions import compose
from karat.flow import captures_in, ingest
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.lake.testing.writing import paths
from karat.resources.dagster_private import without_previews
from karat.simulation import Day, lost_deltas, simulate
from tests.dagster.attempts import BACKFILL, FAR_S, MODULE, assets, runs_with
from tests.dagster.long_cases import long_case
from tests.dagster.processes import until
from tests.dagster.served import REPOSITORY, Served

pytestmark = [pytest.mark.e2e, long_case, pytest.mark.xdist_group("gated_server")]
DATES = [dt.date(2024, 1, day) for day in (1, 2, 3)]
NAMES = "sim-usdm-six", "sim-spot-six"
BACKFILLS = "{ partitionBackfillsOrError { ... on PartitionBackfills { results { id status } } } }"


def six(*, bad: bool) -> list[Day]:
    """Return three days of two instruments; the last one of each lost messages if `bad`."""
    found = []
    for name in NAMES:
        *good, last = simulate(name, DATES, seed=8, messages_per_day=3000, without_snapshot=[])
        raw = lost_deltas(last.raw, 0.02, seed=1).raw if bad else last.raw
        found += [*good, replace(last, raw=raw)]
    return found


def on_the_line(server: Served, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "dagster", *words],
        env={**os.environ, **server.processes.environment, **server.processes._own()},
        cwd=server.processes.home,
        capture_output=True,
        text=True,
        check=False,
        timeout=FAR_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def backfills(server: Served) -> dict[str, str]:
    found = server.ask(BACKFILLS)["partitionBackfillsOrError"]["results"]
    return {one["id"]: one["status"] for one in found}


def held(lake: Any, days: tuple[Partition, ...]) -> set[Partition]:
    """Return which of `days` main holds."""
    there = set(paths(lake, MAIN))
    return {day for day in days if dataset_path("book_events", day.instrument, day.date) in there}


def test_two_bad_days_of_six_hold_up_no_other_and_are_no_success(
    gated_server: Served, tmp_path: Path
) -> None:
    server, before = gated_server, backfills(gated_server)
    days = server.bring(tmp_path, six(bad=True))
    mixed = Random(3).sample([str(key_of(day)) for day in days], len(days))  # noqa: S311 - an order
    where = ["-w", str(server.processes.workspace)]
    on_the_line(server, "job", "backfill", *where, "-j", "rebuild", "--noprompt",
                "--partitions", ",".join(mixed))  # fmt: skip
    (submitted,) = set(backfills(server)) - set(before)
    assert six_runs(server, submitted) == ["FAILURE"] * 2 + ["SUCCESS"] * 4
    assert backfills(server)[submitted] != "COMPLETED_SUCCESS"
    assert held(server.lake, days) == {day for day in days if day.date != str(DATES[2])}
    again = carried_out(server, mixed, assetSelection=assets("book_events", "published_events"))
    assert again == ("COMPLETED_FAILED", {"FAILURE"})
    assert held(server.lake, days) == {day for day in days if day.date != str(DATES[2])}


def test_a_jobs_backfill_that_the_daemon_would_do_in_part_is_no_success(
    gated_server: Served, tmp_path: Path
) -> None:
    """Dagster gives its runs over a range the first partition's tags: none of them is believed."""
    days = simulate("sim-usdm-part", DATES, seed=2, messages_per_day=3000, without_snapshot=[])
    brought = gated_server.bring(tmp_path, list(days))
    selector = {"partitionSetName": "rebuild_partition_set", "repositorySelector": REPOSITORY}
    keys = [str(key_of(day)) for day in brought]
    came_out = carried_out(gated_server, keys, selector=selector)
    assert came_out == ("COMPLETED_FAILED", {"FAILURE"})
    assert held(gated_server.lake, brought) == set()


def carried_out(server: Served, keys: list[str], **what: object) -> tuple[str, set[str]]:
    """Have the daemon carry a backfill out; return how it ended, and how its runs did."""
    said = server.ask(BACKFILL, given={"partitionNames": keys, **what})["launchPartitionBackfill"]
    begun = str(said["backfillId"])
    until(lambda: backfills(server)[begun].startswith("COMPLETED"), "it ends", FAR_S)
    runs = runs_with(server, {"dagster/backfill": begun})
    return backfills(server)[begun], {server.wait(run, FAR_S) for run in runs}


def six_runs(server: Served, backfill: str) -> list[str]:
    """Wait for the runs of a backfill; return how they ended, by name."""
    tags = {"dagster/backfill": backfill}
    until(lambda: len(runs_with(server, tags)) == len(NAMES) * len(DATES), "all are there", FAR_S)
    return sorted(server.wait(run, FAR_S) for run in runs_with(server, tags))


def test_a_range_on_the_command_line_is_one_run(gated_server: Served, tmp_path: Path) -> None:
    days = simulate("sim-usdm-line", DATES, seed=2, messages_per_day=3000, without_snapshot=[])
    first, *_, last = brought = gated_server.bring(tmp_path, list(days))
    over = f"{key_of(first)}...{key_of(last)}"
    on_the_line(gated_server, "asset", "materialize", "-m", MODULE,
                "--select", "book_events,published_events", "--partition-range", over)  # fmt: skip
    assert held(gated_server.lake, brought) == set(brought)


def ended_as(home: Path, world: Any, order: list[int]) -> dict[str, str]:
    """Return what main holds of a lake of its own, after days were rebuilt in an order."""
    settings = Settings.from_environment({"KARAT_HOME": str(home)})
    lake = open_lake(settings.lake, files=settings.key_files)
    ingest(lake, captures_in([world.captures]))
    with without_previews():
        definitions = compose(settings)
    own = replace(world, settings=settings, lake=lake, definitions=definitions)
    for number in order:
        own.run("rebuild", own.partitions[number])
    return {path: lake.stat(MAIN, path).content_hash for path in paths(lake, MAIN)}


@pytest.mark.parametrize("order", [[2, 1, 0], [1, 2, 0]])
def test_any_order_ends_bit_by_bit_as_day_after_day(
    world: Any, tmp_path: Path, order: list[int]
) -> None:
    """The third day opens with the second one's book, whichever is asked for first."""
    there = [ended_as(tmp_path / str(n), world, days) for n, days in enumerate([[0, 1, 2], order])]
    events = [{path: name for path, name in found.items() if path.startswith("book_events/")}
              for found in there]  # fmt: skip
    assert len(events[0]) == 3
    assert events[0] == events[1]
