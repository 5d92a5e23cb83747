"""Backfills by a real daemon, and what order has to do with what they end as: nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from karat import load_contract, open_lake
from karat.assets.partitions import key_of
from karat.cli.settings import Settings
from karat.definitions import compose
from karat.flow import captures_in, ingest, publish, rebuild_partitions, validate
from karat.lake import Lake
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.lake.testing.writing import paths
from karat.resources.dagster_private import without_previews
from karat.simulation import Day, lost_deltas, simulate, write
from karat.store import DiskStore
from tests.dagster.attempts import assets
from tests.dagster.backfilling import asked, came_to, submitted
from tests.dagster.served import REPOSITORY, Served

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("gated_server")]
DATES = [dt.date(2024, 1, day) for day in (1, 2, 3)]
SHOWN = """query ($id: String!) { partitionBackfillOrError(backfillId: $id) {
  ... on PartitionBackfill { status runStatus } } }"""
WHOLE = {"partitionSetName": "rebuild_partition_set", "repositorySelector": REPOSITORY}


def six(name: str, *, bad: bool) -> list[Day]:
    """Return three days of two instruments; the last one of each lost messages if `bad`."""
    found = []
    for one in (f"sim-usdm-{name}", f"sim-spot-{name}"):
        *good, last = simulate(one, DATES, seed=8, messages_per_day=3000, without_snapshot=[])
        raw = lost_deltas(last.raw, 0.02, seed=1).raw if bad else last.raw
        found += [*good, replace(last, raw=raw)]
    return found


def shuffled(days: tuple[Partition, ...]) -> list[str]:
    return Random(3).sample([str(key_of(day)) for day in days], len(days))  # noqa: S311 - an order


def held(lake: Lake, days: tuple[Partition, ...]) -> dict[Partition, str]:
    """Return the digest of what main holds of each of `days`."""
    there = set(paths(lake, MAIN))
    found = {day: dataset_path("book_events", day.instrument, day.date) for day in days}
    return {day: lake.stat(MAIN, at).content_hash for day, at in found.items() if at in there}


def good_ones(days: tuple[Partition, ...]) -> set[Partition]:
    return {day for day in days if day.date != str(DATES[2])}


@dataclass(frozen=True)
class Begun:
    """Backfills that a daemon carries out at the same time: ids and days."""

    job: str
    of_job: tuple[Partition, ...]
    assets: str
    of_assets: tuple[Partition, ...]
    part: str
    of_part: tuple[Partition, ...]


@pytest.fixture(scope="module")
def begun(tried: object, gated_server: Served, tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """Ask for all backfills at once: the daemon looks for new ones twice a minute."""
    assert tried, "on days that nobody proved no other training would be tried"
    server, folder = gated_server, tmp_path_factory.mktemp("backfills")
    of_job = server.bring(folder / "job", six("job", bad=True))
    of_assets = server.bring(folder / "assets", six("assets", bad=True))
    in_part = simulate("sim-usdm-part", DATES, seed=2, messages_per_day=3000, without_snapshot=[])
    of_part = server.bring(folder / "part", list(in_part))
    chosen = assets("book_events", "published_events")
    return Begun(
        submitted(server, shuffled(of_job)),
        of_job,
        asked(server, shuffled(of_assets), assetSelection=chosen),
        of_assets,
        asked(server, [str(key_of(day)) for day in of_part], selector=WHOLE),
        of_part,
    )


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


@pytest.mark.usefixtures("begun")
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


def test_two_bad_days_of_six_hold_up_no_other_and_are_no_success(
    begun: Begun, gated_server: Served
) -> None:
    """A command's backfill is COMPLETED for Dagster before a run began: ours ends as they did."""
    ended, runs = came_to(gated_server, begun.job)
    assert (ended, runs) == ("COMPLETED_FAILED", ["FAILURE"] * 2 + ["SUCCESS"] * 4)
    shown = gated_server.ask(SHOWN, id=begun.job)["partitionBackfillOrError"]
    assert shown == {"status": "COMPLETED_FAILED", "runStatus": "FAILURE"}
    assert set(held(gated_server.lake, begun.of_job)) == good_ones(begun.of_job)


def in_order(home: Path, days: list[Day]) -> dict[Partition, str]:
    """Return what a lake of its own holds of days that are rebuilt one after the other."""
    settings = Settings.from_environment({"KARAT_HOME": str(home)})
    lake = open_lake(settings.lake, files=settings.key_files)
    ingest(lake, captures_in(write(home / "captures", days)))
    partitions = tuple(Partition(day.instrument, day.date.isoformat()) for day in days)
    contract, store = load_contract(settings.contract), DiskStore(settings.store)
    for partition in partitions:
        batch = rebuild_partitions(lake, contract, [partition], store=store)
        assert batch.branch is not None
        validate(lake, contract, batch.branch, store=store)
        publish(lake, contract, batch.branch, store=store)
    return held(lake, partitions)


def test_a_shuffled_backfill_ends_bit_by_bit_as_day_after_day(
    begun: Begun, gated_server: Served, tmp_path: Path
) -> None:
    came_to(gated_server, begun.job)
    one_by_one = in_order(tmp_path, six("job", bad=False))
    there = held(gated_server.lake, begun.of_job)
    assert there == {day: one_by_one[day] for day in good_ones(begun.of_job)}


def test_a_backfill_of_assets_publishes_the_good_days_too(
    begun: Begun, gated_server: Served
) -> None:
    ended, runs = came_to(gated_server, begun.assets)
    assert ended == "COMPLETED_FAILED"
    assert set(runs) >= {"FAILURE"}
    assert set(held(gated_server.lake, begun.of_assets)) == good_ones(begun.of_assets)


def test_a_jobs_backfill_that_the_daemon_would_do_in_part_is_no_success(
    begun: Begun, gated_server: Served
) -> None:
    """Dagster gives its runs over a range the first partition's tags: none of them is believed."""
    ended, runs = came_to(gated_server, begun.part)
    assert (ended, set(runs)) == ("COMPLETED_FAILED", {"FAILURE"})
    assert held(gated_server.lake, begun.of_part) == {}
