"""Sensors as the daemon ticks them: asked, their runs run here, their cursors kept between."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import dagster as dg
import pyarrow as pa

from karat import open_lake
from karat.cli.settings import Settings
from karat.definitions import compose
from karat.flow import captures_in, ingest
from karat.lake import Lake
from karat.lake.layout import Partition
from karat.resources import lake_resource
from karat.resources.dagster_private import without_previews
from karat.simulation import Day, write

ASKING = ("content_changed", "contract_changed", "golden_changed")


@dataclass
class Watch:
    """A lake, an instance, and what each sensor saw last; `keys` are those asked for already."""

    settings: Settings
    folder: Path
    days: tuple[Day, ...]
    instance: dg.DagsterInstance
    lake: Lake = field(init=False)
    definitions: dg.Definitions = field(init=False)
    cursors: dict[str, str | None] = field(default_factory=dict)
    keys: set[tuple[str, str]] = field(default_factory=set)
    runs: list[tuple[str, Mapping[str, str], bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.partitions = [Partition(day.instrument, str(day.date)) for day in self.days]
        self.load()

    def load(self) -> None:
        """Open the lake and load the definitions, as a process that starts does."""
        self.lake = open_lake(self.settings.lake, files=self.settings.key_files)
        with without_previews():
            self.definitions = compose(self.settings)

    def bring(self, *changed: tuple[int, pa.Table]) -> None:
        """Ingest restated captures of days, by number, in one commit."""
        write(self.folder, [replace(self.days[n], raw=raw) for n, raw in changed])
        ingest(self.lake, captures_in([self.folder]))

    def ask(self, name: str) -> dg.SensorResult:
        """Return what one sensor answers to a tick, without heeding it."""
        sensor = self.definitions.resolve_sensor_def(name)
        context = dg.build_sensor_context(
            self.instance,
            cursor=self.cursors.get(name),
            resources={"lake": lake_resource(self.settings)},
            definitions=self.definitions,
        )
        with without_previews():
            result = sensor(context)
        assert isinstance(result, dg.SensorResult)
        return result

    def tick(self, name: str) -> list[dg.RunRequest]:
        """Tick one sensor and do as the daemon does; return the requests that were not skipped."""
        result = self.ask(name)
        for event in result.asset_events:
            self.instance.report_runless_asset_event(event)
        for request in result.dynamic_partitions_requests or ():
            assert isinstance(request, dg.AddDynamicPartitionsRequest)
            self.instance.add_dynamic_partitions(
                request.partitions_def_name, request.partition_keys
            )
        self.cursors[name] = result.cursor
        asked = [one for one in result.run_requests or () if (name, one.run_key) not in self.keys]
        self.keys |= {(name, str(one.run_key)) for one in asked}
        return asked

    def go(self, *, looks: int = 9) -> list[str]:
        """Tick all sensors and run what they ask for, until nothing is; return the jobs' names."""
        done: list[str] = []
        for _ in range(looks):
            asked = [request for name in ASKING for request in self.tick(name)]
            if not asked:
                return done
            done += [self.run(request) for request in asked]
        raise AssertionError(f"the sensors never come to rest: {done}")

    def run(self, request: dg.RunRequest) -> str:
        """Run what was asked for; failures are told by `runs`."""
        name = str(request.job_name)
        with without_previews():
            found = self.definitions.resolve_job_def(name).execute_in_process(
                instance=self.instance,
                tags=dict(request.tags),
                raise_on_error=False,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            )
        self.runs.append((name, request.tags, found.success))
        return name


@contextmanager
def watching(folder: Path, days: tuple[Day, ...]) -> Iterator[Watch]:
    """Give a watch over a new lake, into which nothing came yet."""
    settings = Settings.from_environment({"KARAT_HOME": str(folder / "home")})
    with dg.DagsterInstance.ephemeral() as instance:
        yield Watch(settings, folder / "captures", days, instance)
