"""A served Dagster as a user meets it: asked by GraphQL, its runs launched and waited for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg
import urllib3

from karat import open_lake
from karat.assets.partitions import INSTRUMENT
from karat.cli.settings import Settings
from karat.flow import captures_in, ingest
from karat.jobs.in_process import partition_tags
from karat.lake import Lake
from karat.lake.layout import Partition
from karat.resources import open_instance
from karat.simulation import Day, write
from tests.dagster.processes import LOCATION, Processes, listening, processes, until
from tests.lakefs_double.receiver import receiving

REPOSITORY = {"repositoryLocationName": LOCATION, "repositoryName": "__repository__"}
ALPHA = 'alpha: "0.05"', 'alpha: "0.3"'
FINISHED = {"SUCCESS", "FAILURE", "CANCELED"}
LAUNCH = """mutation ($given: ExecutionParams!) { launchRun(executionParams: $given) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } }
  ... on UnauthorizedError { message } } }"""
SWITCH = """mutation ($sensor: SensorSelector!) { startSensor(sensorSelector: $sensor) {
  __typename ... on Sensor { id } ... on PythonError { message } } }"""
HALT = """mutation ($id: String!) { stopSensor(id: $id) { __typename } }"""
SENSOR = """query ($sensor: SensorSelector!) { sensorOrError(sensorSelector: $sensor) {
  ... on Sensor { id } } }"""
READY = """{ workspaceOrError { ... on Workspace { locationEntries { loadStatus
  locationOrLoadError { __typename ... on PythonError { message } } } } }
  instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } } }"""


@dataclass
class Served:
    """Dagster's processes, the lake they work on, and shorter words for what tests do with them.

    `letters` are what the receiver of notices was sent. Tests that share one have an instrument
    each, and switch on the sensors that they need.
    """

    processes: Processes
    letters: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.processes.url

    @property
    def settings(self) -> Settings:
        return self.processes.settings

    @cached_property
    def lake(self) -> Lake:
        return open_lake(self.settings.lake, files=self.settings.key_files)

    @cached_property
    def instance(self) -> dg.DagsterInstance:
        return open_instance(self.settings)

    def bring(self, folder: Path, days: Sequence[Day]) -> tuple[Partition, ...]:
        """Commit captures to the lake, from outside; their instruments become known to Dagster."""
        write(folder, days)
        ingest(self.lake, captures_in([folder]))
        names = sorted({day.instrument for day in days})
        self.instance.add_dynamic_partitions(INSTRUMENT, names)
        return tuple(Partition(day.instrument, day.date.isoformat()) for day in days)

    def ask(self, query: str, **variables: Any) -> Mapping[str, Any]:
        """Return the data of a GraphQL answer; AssertionError for an error."""
        answer = urllib3.request(
            "POST", f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=60
        )
        said = answer.json()
        assert "errors" not in said, said["errors"]
        data: Mapping[str, Any] = said["data"]
        return data

    def launch(
        self,
        job: str,
        first: Partition | None = None,
        last: Partition | None = None,
        *,
        tags: Mapping[str, str] | None = None,
        **chosen: Any,
    ) -> str:
        """Launch a job as a click does; return the run's id.

        `chosen` are further execution parameters: `config` by op, `assets` and `checks`.
        """
        all_tags = {**partition_tags(first, last), **(tags or {})}
        selector: dict[str, Any] = {**REPOSITORY, "jobName": job}
        for word, name in (("assets", "assetSelection"), ("checks", "assetCheckSelection")):
            if word in chosen:
                selector[name] = chosen[word]
        ops = {name: {"config": value} for name, value in chosen.get("config", {}).items()}
        given = {
            "selector": selector,
            "runConfigData": {"ops": ops} if ops else {},
            "executionMetadata": {"tags": [{"key": k, "value": v} for k, v in all_tags.items()]},
        }
        said = self.ask(LAUNCH, given=given)["launchRun"]
        assert said["__typename"] == "LaunchRunSuccess", said
        return str(said["run"]["runId"])

    def status(self, run: str) -> str:
        """Return how a run stands."""
        found = self.instance.get_run_by_id(run)
        return found.status.value if found else "NOT THERE"

    def tags(self, run: str) -> Mapping[str, str]:
        """Return the tags of a run."""
        found = self.instance.get_run_by_id(run)
        return found.tags if found else {}

    def wait(self, run: str, seconds: float = 300) -> str:
        """Wait until a run has ended; return how."""
        until(lambda: self.status(run) in FINISHED, f"run {run} ends", seconds)
        return self.status(run)

    def did(self, job: str, *days: Partition, **chosen: Any) -> str:
        """Launch a job, wait for its end and return how it ended."""
        return self.wait(self.launch(job, *days, **chosen))

    def why(self, run: str) -> dict[str, str]:
        """Return why each failed step of a run failed: what was said on purpose, else the error."""
        found = {}
        for entry in self.instance.all_logs(run):
            event = entry.dagster_event
            if event is not None and event.is_step_failure and event.step_key:
                data = event.step_failure_data
                meant = data.user_failure_data
                error = (data.error.cause or data.error).message if data.error else ""
                found[event.step_key] = (meant.description if meant else None) or error
        return found

    def told(self, run: str) -> dict[str, Any]:
        """Return the metadata of what the steps of a run gave, as its page shows them."""
        events = [entry.dagster_event for entry in self.instance.all_logs(run)]
        return {
            name: value.value
            for event in events
            if event is not None and event.is_successful_output
            for name, value in event.step_output_data.metadata.items()
        }

    def start_sensor(self, name: str) -> None:
        """Switch a sensor on."""
        said = self.ask(SWITCH, sensor={**REPOSITORY, "sensorName": name})["startSensor"]
        assert said["__typename"] == "Sensor", said

    def stop_sensor(self, name: str) -> None:
        """Switch a sensor off."""
        found = self.ask(SENSOR, sensor={**REPOSITORY, "sensorName": name})["sensorOrError"]
        self.ask(HALT, id=found["id"])

    def ready(self) -> bool:
        """Return whether the page has loaded our code and every daemon is well."""
        if not listening(self.processes.web_port):
            return False
        said = self.ask(READY)
        entries = said["workspaceOrError"]["locationEntries"]
        loaded = [e["locationOrLoadError"]["__typename"] == "RepositoryLocation" for e in entries
                  if e["locationOrLoadError"]]  # fmt: skip
        daemons = said["instance"]["daemonHealth"]["allDaemonStatuses"]
        well = [one["healthy"] for one in daemons if one["required"]]
        return bool(loaded) and all(loaded) and bool(well) and all(well)


@contextmanager
def served(settings: Settings, environment: Mapping[str, str], **chosen: str) -> Iterator[Served]:
    """Serve a home while the ``with`` lasts; `environment` and `chosen` as of `processes`.

    Notices go to a receiver of its own.
    """
    with receiving() as hook:
        told = {"KARAT_NOTIFY_URL": hook.url, **environment}
        with processes(settings, told, **chosen) as running:
            own = Served(running, hook.payloads)
            until(own.ready, "the page and the daemons are there")
            try:
                yield own
            finally:
                if "instance" in vars(own):
                    own.instance.dispose()


@contextmanager
def on_its_own(home: Path) -> Iterator[Served]:
    """Serve a home under the shipped contract, but for an alpha that three golden days learn."""
    contract = home / "contract.yaml"
    shipped = Settings.from_environment({}).contract.read_text()
    assert shipped.count(ALPHA[0]) == 1, "the shipped contract has another alpha"
    contract.write_text(shipped.replace(*ALPHA))
    found = {"KARAT_HOME": str(home), "KARAT_CONTRACT": str(contract)}
    path = {"PYTHONPATH": str(Path(__file__).parents[2])}
    with served(Settings.from_environment(found), path, module="tests.dagster.apart") as server:
        yield server
