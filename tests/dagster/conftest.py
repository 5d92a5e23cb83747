"""A lake with three small days of one instrument, the third opened by the second one's book."""

import datetime as dt
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pytest

from karat import open_lake
from karat.assets.partitions import key_of
from karat.cli.settings import Settings
from karat.definitions import compose
from karat.flow import captures_in, ingest
from karat.jobs import run_in_process
from karat.lake import Lake
from karat.lake.layout import Partition
from karat.resources.dagster_private import CheckStatus, check_statuses, without_previews
from karat.simulation import Day, simulate, write
from tests.dagster.aged import aged
from tests.dagster.processes import AS_SHIPPED
from tests.dagster.served import Served, on_its_own, served
from tests.dagster.tried import Tried, all_tried
from tests.lakefs_double.lakes import url
from tests.lakefs_double.server import Double, serving
from tests.lakefs_double.state import Server
from tests.scheduling import group_of

DATES = [dt.date(2024, 1, day) for day in (1, 2, 3)]
NUMBERS = count()
NAME = "sim-usdm-karusdt"
SECRET = "a-key-that-shows-nowhere"  # noqa: S105 - of a server for tests
FAMILIES = ("invariants", "sequence", "paired", "unpaired")
SERVERS: dict[str, ExitStack] = {}
"""What ends the processes that a group of tests shares."""


@dataclass(frozen=True)
class World:
    """Everything a run needs, and shorter words for what the tests do with it."""

    settings: Settings
    captures: Path
    lake: Lake
    definitions: dg.Definitions
    instance: dg.DagsterInstance
    days: tuple[Day, ...]
    partitions: tuple[Partition, ...]

    def run(
        self,
        job: str,
        first: Partition | None = None,
        last: Partition | None = None,
        **config: Mapping[str, Any],
    ) -> dg.ExecuteInProcessResult:
        return run_in_process(
            self.definitions, job, self.instance, first, last, config=config or None
        )

    def restate(self, day: int, raw: pa.Table) -> None:
        old = self.days[day]
        write(self.captures, [replace(old, raw=raw)])
        ingest(self.lake, captures_in([self.captures]))

    def check(self, family: str) -> dict[str, CheckStatus]:
        """Return what Dagster holds of a check, by date."""
        asked = dg.AssetCheckKey(dg.AssetKey("book_events"), family)
        keys = [str(key_of(partition)) for partition in self.partitions]
        found = check_statuses(self.instance, asked, keys)
        return {key.partition("|")[0]: status for key, status in found.items()}

    def passed(self, family: str) -> list[bool]:
        """Return, day by day, whether a check succeeded on what there is now."""
        found = self.check(family)
        dates = [found.get(partition.date) for partition in self.partitions]
        return [bool(one and one.succeeded and one.current) for one in dates]


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """End a server with the last test of its group: its daemon takes a third of a core."""
    if nextitem and group_of(item) != group_of(nextitem):
        SERVERS.pop(group_of(item), ExitStack()).close()


@pytest.fixture(scope="session")
def simulated() -> tuple[Day, ...]:
    days = simulate(NAME, DATES, seed=1, messages_per_day=2000, without_snapshot=[DATES[2]])
    return tuple(days)


@pytest.fixture(scope="session")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return real processes and a lake, with the sensors as shipped; they may be killed.

    Who takes it has instruments of its own, and is marked ``xdist_group("own_server")``. It has the
    job ``rebuild_apart`` too.
    """
    with ExitStack() as SERVERS["own_server"]:
        yield SERVERS["own_server"].enter_context(on_its_own(tmp_path_factory.mktemp("own")))


@pytest.fixture(scope="session")
def gated_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return others whose schedules are due each minute, and whose training has a condition.

    Who takes it is marked ``xdist_group("gated_server")``. They have no other sensor. Their lake
    has what is old enough to go, and stays: nobody says for how many days things are kept.
    """
    due = {f"KARAT_{what}_CRON": "* * * * *" for what in ("AUDIT", "CUT", "RETENTION")}
    environment = {"PYTHONPATH": str(Path(__file__).parents[2]), **due}
    settings = Settings.from_environment({"KARAT_HOME": str(tmp_path_factory.mktemp("gated"))})
    aged(settings)
    daemon = AS_SHIPPED if os.environ.get("KARAT_SOAK") else "tests.dagster.daemon"
    with ExitStack() as SERVERS["gated_server"]:
        started = served(settings, environment, module="tests.dagster.gated", daemon=daemon)
        yield SERVERS["gated_server"].enter_context(started)


@pytest.fixture(scope="session")
def tried(gated_server: Served, tmp_path_factory: pytest.TempPathFactory) -> Tried:
    """Return how all ways into training came out there, before anything else was on that lake."""
    return all_tried(gated_server, tmp_path_factory.mktemp("tried"))


@pytest.fixture(scope="session")
def double() -> Iterator[Double]:
    """Return a lakeFS server for all tests; its key shows nowhere else."""
    with serving(Server(secret=SECRET)) as server:
        yield server


@pytest.fixture
def world(
    request: pytest.FixtureRequest,
    simulated: tuple[Day, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    """Return a world on this machine, or with the parameter "lakefs" in a repository of its own."""
    named = {"KARAT_HOME": str(tmp_path / "home")}
    if getattr(request, "param", "local") == "lakefs":
        named |= on_server(request.getfixturevalue("double"))
        for name, value in named.items():
            monkeypatch.setenv(name, value)
    settings = Settings.from_environment(named)
    captures = tmp_path / "captures"
    write(captures, simulated)
    lake = open_lake(settings.lake, files=settings.key_files)
    ingest(lake, captures_in([captures]))
    partitions = tuple(Partition(NAME, date.isoformat()) for date in DATES)
    with without_previews():
        definitions = compose(settings)
    with dg.DagsterInstance.ephemeral() as instance:
        yield World(settings, captures, lake, definitions, instance, simulated, partitions)


def on_server(double: Double) -> dict[str, str]:
    """Return the environment of a lake that is not on the server yet."""
    repository = f"world-{next(NUMBERS)}"
    return {
        "KARAT_LAKE": url(double, repository),
        "KARAT_LAKEFS_NAMESPACE": f"local://{repository}",
        "LAKECTL_SERVER_ENDPOINT_URL": double.url,
        "LAKECTL_CREDENTIALS_ACCESS_KEY_ID": double.state.key_id,
        "LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY": double.state.secret,
    }


def failures(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """Return why each failed step failed: what was said on purpose, else the error."""
    found = {}
    for event in result.all_events:
        if event.is_step_failure and event.step_key:
            data = event.step_failure_data
            on_purpose = data.user_failure_data
            error = (data.error.cause or data.error).message if data.error else ""
            found[event.step_key] = (on_purpose.description if on_purpose else None) or error
    return found


@pytest.fixture(scope="session")
def why() -> Any:
    """Return the function that tells why steps failed."""
    return failures
