"""Runs with an instrument in common that the queue does not part: nothing is lost."""

from dataclasses import replace
from typing import Any

import dagster as dg
import pytest

from karat.assets.partitions import key_of
from karat.flow import captures_in, ingest
from karat.jobs.in_process import tags_of_some
from karat.lake.layout import MAIN, Partition
from karat.resources.dagster_rows import told_of
from karat.resources.run_tags import ONE_BY_ONE, lacking
from karat.simulation import simulate, write
from tests.dagster.conftest import DATES
from tests.dagster.meanwhile import meanwhile

OTHER = "sim-spot-other"


@pytest.fixture
def two(world: Any) -> Any:
    """Return the world with a day of another instrument."""
    days = simulate(OTHER, DATES[:1], seed=4, messages_per_day=2000, without_snapshot=[])
    write(world.captures, list(days))
    ingest(world.lake, captures_in([world.captures]))
    names = [OTHER, world.partitions[0].instrument]
    world.instance.add_dynamic_partitions("instrument", names)
    return replace(world, partitions=(*world.partitions, Partition(OTHER, str(DATES[0]))))


def published(world: Any) -> set[Partition]:
    there = {one.path for one in world.lake.list(MAIN, "book_events/")}
    return {one for one in world.partitions if f"book_events/{one}.parquet" in there}


def told(world: Any, day: Partition) -> str:
    """Return the name of the verdict that Dagster shows of a day."""
    check = dg.AssetCheckKey(dg.AssetKey("book_events"), "sequence")
    return str(told_of(world.instance, check, str(key_of(day)))["verdict"])


@pytest.mark.parametrize("at", ["rebuild: ", "Asset check"])
def test_a_day_that_comes_before_while_another_is_judged_leaves_nothing_unpublished(
    two: Any, at: str
) -> None:
    """The list's run held the second day against no day before it; then there is one."""
    first, second, _, other = two.partitions
    listed = tags_of_some([second, other])
    ran = lacking(listed)[ONE_BY_ONE], lacking(tags_of_some([first]))[ONE_BY_ONE]
    assert ran[0] != ran[1], "the queue parts them"
    assert meanwhile(two, "rebuild", listed, at, lambda: two.run("rebuild", first))
    assert published(two) == set(two.partitions)
    assert two.run("train").success, "each has a verdict beside the others"
    shown = told(two, second)
    two.run("revalidate", second)
    assert shown == told(two, second), "the page says what the ledger says"
