"""All ways into training at once: with a proved day, and then with one that is not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from karat import load_contract
from karat.flow import publish, rebuild_partitions, validate
from karat.lake.layout import Partition
from karat.simulation import Day, lost_deltas, simulate
from karat.store import DiskStore
from tests.dagster.attempts import FAR_S, WAYS, Outcome, Wait, runs_with, stop_schedule
from tests.dagster.processes import until
from tests.dagster.served import Served

BY_THE_CLOCK = "nightly_audit", "weekly_retention"
LATE = "schedule", "backfill"
"""The ways on which a daemon looks once or twice a minute: the others are not held up by them."""
DATES = [dt.date(2024, 1, 1), dt.date(2024, 1, 2)]


def days(name: str) -> list[Day]:
    return list(simulate(name, DATES, seed=5, messages_per_day=3000, without_snapshot=[]))


@dataclass
class Tried:
    """How each way came out with a proved day, and comes out with `day`, which is not proved."""

    server: Served
    proved: dict[str, Outcome]
    waits: dict[str, Wait]
    day: Partition
    _unproved: dict[str, Outcome] = field(default_factory=dict)

    def unproved(self, way: str) -> Outcome:
        """Wait for what a way comes out as with the day that is not proved."""
        if way not in self._unproved:
            self._unproved[way] = self.waits[way]()
            if way == "schedule":
                stop_schedule(self.server, "weekly_cut")
        return self._unproved[way]


def all_tried(server: Served, folder: Path) -> Tried:
    """Try all ways with a proved day, then with another whose capture lost messages.

    In the end the daemon has still to begin what is late; nothing else begins by itself.
    """
    _, good = prove(server, folder / "good", days("sim-usdm-good"))
    proved = came_out({name: way(server, good) for name, way in WAYS.items()})
    for schedule in BY_THE_CLOCK:
        until(partial(runs_with, server, {"dagster/schedule_name": schedule}), schedule, FAR_S)
        stop_schedule(server, schedule)
    first, second = days("sim-usdm-poor")
    poor = replace(second, raw=lost_deltas(second.raw, 0.02, seed=3).raw)
    _, bad = server.bring(folder / "poor", [first, poor])
    tried = Tried(server, proved, {name: way(server, bad) for name, way in WAYS.items()}, bad)
    for way in WAYS:
        if way not in LATE:
            tried.unproved(way)
    server.stop_sensor("by_condition")
    return tried


def came_out(begun: dict[str, Wait]) -> dict[str, Outcome]:
    return {name: wait() for name, wait in begun.items()}


def prove(server: Served, folder: Path, captured: list[Day]) -> tuple[Partition, ...]:
    """Rebuild, judge and publish days, here and now."""
    partitions = server.bring(folder, captured)
    contract, store = load_contract(server.settings.contract), DiskStore(server.settings.store)
    batch = rebuild_partitions(server.lake, contract, partitions, store=store)
    assert batch.branch is not None
    validate(server.lake, contract, batch.branch, store=store)
    publish(server.lake, contract, batch.branch, store=store)
    return partitions
