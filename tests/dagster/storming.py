"""A storm of events over a lake that a served Dagster watches: what it asked for, what it read."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pyarrow as pa

from karat.flow import captures_in, ingest
from karat.lake import Lake
from karat.lake.layout import LEDGER, Partition
from karat.simulation import Day, write
from tests.dagster.noops import Event
from tests.dagster.opened import Opened
from tests.dagster.processes import CODE, DAEMON, until
from tests.dagster.served import FINISHED, REPOSITORY, Served
from tests.dagster.ticking import ASKING

RUNS = "{ runsOrError { ... on Runs { results { runId status tags { key value } } } } }"
TICKS = """query ($sensor: SensorSelector!) { sensorOrError(sensorSelector: $sensor) {
  ... on Sensor { sensorState { ticks(limit: 3) { timestamp status error { message } } } } } }"""
CURSOR = """mutation ($sensor: SensorSelector!) { setSensorCursor(sensorSelector: $sensor) {
  __typename ... on Sensor { sensorState { typeSpecificData {
    ... on SensorData { lastCursor } } } } } }"""
DONE = {"SKIPPED", "SUCCESS"}
NONE: dict[str, list[dict[str, object]]] = {"ticks": []}
"""Of sensors that are not known: while a page loads them again from another code server."""


@dataclass
class Storm:
    """Days of an instrument of its own on a server; `opened` are files of all instruments."""

    server: Served
    folder: Path
    days: tuple[Day, ...]
    opened: Opened = field(init=False)

    def __post_init__(self) -> None:
        self.opened = Opened(self.lake)

    @property
    def lake(self) -> Lake:
        return self.server.lake

    @property
    def partitions(self) -> list[Partition]:
        return [Partition(day.instrument, str(day.date)) for day in self.days]

    def bring(self, *changed: tuple[int, pa.Table]) -> None:
        """Ingest restated captures of days, by number, in one commit."""
        files = write(self.folder, [replace(self.days[n], raw=raw) for n, raw in changed])
        ingest(self.lake, captures_in(files))

    def befall(self, events: Iterable[Event]) -> None:
        """Let events befall the lake while who reads it is held still, and have them looked at."""
        with self._held():
            for event in events:
                event(self)
        self.looked()

    def befall_while_down(self, events: Iterable[Event]) -> None:
        """Kill daemon and code server; events, and cursors lost, befall them; start them again."""
        processes = self.server.processes
        self.opened.collect()
        for name in (DAEMON, CODE):
            processes.kill(name, with_its_runs=True)
        for event in events:
            event(self)
        for name in ASKING:
            said = self.server.ask(CURSOR, sensor={**REPOSITORY, "sensorName": name})
            assert said["setSensorCursor"]["__typename"] == "Sensor", said
        self.opened.begin()
        for name in (CODE, DAEMON):
            processes.start(name)
        self.looked()

    def looked(self) -> None:
        """Wait until each sensor has looked since now, and all runs have ended."""
        since = time.time()
        for name in ASKING:
            until(partial(self._ticked, name, since), f"{name} looks")
        until(self._idle, "all runs have ended")

    def rest(self) -> None:
        """Wait until a look of all sensors asks for nothing."""
        while True:
            before = self.runs()
            self.looked()
            if self.runs().keys() == before.keys():
                return

    def runs(self) -> dict[str, dict[str, str]]:
        """Return the status and the tags of all runs, as the web page lists them, by id."""
        found = self.server.ask(RUNS)["runsOrError"]["results"]
        return {
            one["runId"]: {tag["key"]: tag["value"] for tag in one["tags"]}
            | {"status": one["status"]}
            for one in found
        }

    def verdicts(self) -> set[str]:
        """Return where the ledger holds verdicts, each for good."""
        return {one.path for one in self.lake.list(LEDGER, "verdicts/")}

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Hold the code server still, which looks at the lake: what is opened now, we open."""
        process = self.server.processes.running[CODE].pid
        os.kill(process, signal.SIGSTOP)
        try:
            self.opened.collect()
            yield
            self.opened.begin()
        finally:
            os.kill(process, signal.SIGCONT)

    def _ticked(self, sensor: str, since_s: float) -> bool:
        said = self.server.ask(TICKS, sensor={**REPOSITORY, "sensorName": sensor})["sensorOrError"]
        ticks = said.get("sensorState", NONE)["ticks"]
        return any(float(one["timestamp"]) > since_s and one["status"] in DONE for one in ticks)

    def _idle(self) -> bool:
        return all(one["status"] in FINISHED for one in self.runs().values())


@contextmanager
def storming(server: Served, folder: Path, days: tuple[Day, ...]) -> Iterator[Storm]:
    """Give a lake of a server for a storm; of the days nothing is there yet."""
    made = Storm(server, folder, days)
    try:
        yield made
    finally:
        made.opened.close()
