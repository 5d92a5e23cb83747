"""Stale in the web page means another digest in the lake: asked of Dagster's own GraphQL."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pytest

from karat import open_lake
from karat.assets import Dataset
from karat.assets.staleness import captures, tell_captures
from karat.assets.training_inputs import observed
from karat.cli.settings import Settings
from karat.definitions import compose
from karat.flow import captures_in, ingest
from karat.jobs import run_in_process
from karat.lake.layout import Partition
from karat.resources import lake_resource, open_instance
from karat.resources.dagster_private import without_previews
from karat.simulation import corrected, write
from tests.dagster.web import Page, page

pytestmark = pytest.mark.e2e
MADE = ("book_events", "published_events")


class Shown:
    """Two days rebuilt and published in one run, and the page that shows them."""

    instance: dg.DagsterInstance

    def __init__(self, settings: Settings, folder: Path, simulated: Any) -> None:
        self.settings, self.folder, self.days = settings, folder, simulated[:2]
        write(folder, self.days)
        self.partitions = [Partition(day.instrument, str(day.date)) for day in self.days]
        self.lake = open_lake(settings.lake, files=settings.key_files)
        self.dataset = Dataset(lake_resource(settings).connect().contract)
        self.definitions = compose(settings)

    def bring(self, raw: pa.Table, n: int = 0) -> None:
        """Put a capture of a day, the first by default, as a vendor would restate it."""
        write(self.folder, [replace(self.days[n], raw=raw)])
        ingest(self.lake, captures_in([self.folder]))

    def look(self) -> list[Partition]:
        """Tell Dagster of what it does not know, as a sensor does; return that."""
        on = lake_resource(self.settings).connect()
        return sorted(tell_captures(self.instance, self.dataset, captures(on)))

    def watch(self) -> int:
        """Tell Dagster what would be cut now, as a sensor does; return how often."""
        on = lake_resource(self.settings).connect()
        events = observed(self.instance, self.dataset, on)
        for event in events:
            self.instance.report_runless_asset_event(event)
        return len(events)

    def publish(self, raw: pa.Table, n: int) -> None:
        """Restate a day, and publish it."""
        self.bring(raw, n)
        day = self.partitions[n]
        assert run_in_process(self.definitions, "rebuild", self.instance, day).success

    def statuses(self, web: Page) -> list[list[str]]:
        return [[web.staleness(asset, day) for day in self.partitions] for asset in MADE]


@pytest.fixture(scope="module")
def shown(simulated: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shown, Page]]:
    home = tmp_path_factory.mktemp("shown")
    settings = Settings.from_environment({"KARAT_HOME": str(home / "home")})
    with pytest.MonkeyPatch.context() as patch, without_previews():
        patch.setenv("KARAT_HOME", str(settings.home))
        made = Shown(settings, home / "captures", simulated)
        ingest(made.lake, captures_in([home / "captures"]))
        with open_instance(settings) as instance, page(instance) as web:
            made.instance = instance
            first, last = made.partitions
            assert run_in_process(made.definitions, "rebuild", instance, first, last).success
            yield made, web


def test_only_another_digest_is_stale(shown: tuple[Shown, Page]) -> None:
    world, web = shown
    fresh, raw = ["FRESH", "FRESH"], world.days[0].raw
    assert world.statuses(web) == [fresh, fresh]
    world.bring(raw)
    assert world.look() == []
    assert world.statuses(web) == [fresh, fresh], "the same bytes once more"
    world.bring(corrected(raw))
    assert world.look() == [world.partitions[0]]
    assert world.statuses(web)[0] == ["STALE", "FRESH"]
    world.bring(raw)
    assert world.look() == [world.partitions[0]]
    assert world.statuses(web) == [fresh, fresh], "what it was made of is back"


def test_a_range_tells_of_what_each_day_was_made_of(shown: tuple[Shown, Page]) -> None:
    """What is rebuilt of restated bytes is fresh again, and what is published of it."""
    world, web = shown
    world.bring(corrected(world.days[0].raw))
    world.look()
    first, last = world.partitions
    assert run_in_process(world.definitions, "rebuild", world.instance, first, last).success
    assert world.statuses(web) == [["FRESH"] * 2] * 2
    world.bring(world.days[0].raw)
    world.look()
    assert world.statuses(web)[0] == ["STALE", "FRESH"]
    assert run_in_process(world.definitions, "rebuild", world.instance, first).success
    assert world.statuses(web) == [["FRESH"] * 2] * 2


def test_a_cut_is_stale_while_it_would_be_another(shown: tuple[Shown, Page]) -> None:
    """It was cut of the first day alone: the second one changes nothing."""
    world, web = shown
    first, second = (day.raw for day in world.days)
    assert (world.watch(), web.staleness("training_dataset")) == (0, "MISSING")
    named = {"training_dataset": {"name": "first", "partitions": [f"*/{world.partitions[0].date}"]}}
    assert run_in_process(world.definitions, "train", world.instance, config=named).success

    def told() -> tuple[int, str]:
        return world.watch(), web.staleness("training_dataset")

    assert told() == (0, "FRESH")
    found = world.instance.fetch_materializations(dg.AssetKey("training_inputs"), limit=1).records
    said = found[0].asset_materialization
    assert said is not None
    assert said.metadata["asked for"].value == f"*/{world.partitions[0].date}"
    world.bring(corrected(first))
    assert told() == (0, "FRESH"), "a cut would be refused, and not another"
    world.publish(corrected(first), 0)
    assert told() == (1, "STALE")
    assert told() == (0, "STALE"), "told once"
    world.publish(first, 0)
    assert told() == (1, "FRESH"), "what was cut is back"
    world.publish(corrected(second), 1)
    assert told() == (0, "FRESH")
    world.publish(corrected(first), 0)
    assert told()[1] == "STALE"
    assert run_in_process(world.definitions, "train", world.instance, config=named).success
    assert told() == (0, "FRESH")
