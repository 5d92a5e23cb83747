"""A fault and its repair, seen through a served Dagster: what each step of it took."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from karat.assets.partitions import key_of
from karat.breaker import breaker_of
from karat.flow import captures_in, ingest, published_root
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.simulation import Day, lost_deltas, write
from karat.telemetry import elapsed_s
from karat.verdicts import Ledger
from tests.dagster.processes import until
from tests.dagster.served import FINISHED, Served

DATASET, FAMILY, SENSOR = "book_events", "sequence", "content_changed"
PATIENCE_S = 300.0


@dataclass
class Journey:
    """Days of an instrument of its own; `seconds` are by step, since what the step waits for."""

    served: Served
    folder: Path
    days: list[Day]
    seconds: dict[str, float] = field(default_factory=dict)
    began: float = 0.0
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def partitions(self) -> list[Partition]:
        return [Partition(day.instrument, day.date.isoformat()) for day in self.days]

    @property
    def instrument(self) -> str:
        return self.days[0].instrument

    def bring(self) -> None:
        """Commit the captures of all days, as one who knows nothing of Dagster."""
        self._commit(self.days)

    def spoil(self, seed: int) -> None:
        """Commit the last day again, with deltas lost on the way."""
        last = self.days[-1]
        self._commit([replace(last, raw=lost_deltas(last.raw, 0.05, seed=seed).raw)])

    def repair(self) -> None:
        """Commit the last day as it was."""
        self._commit(self.days[-1:])

    def reached(self, step: str, true: Callable[[], object]) -> None:
        """Wait for a step; what it took is counted from the last commit."""
        until(true, f"{self.instrument}: {step}", PATIENCE_S)
        self.noted(step)

    def asked(self) -> bool:
        """Return whether a sensor has asked for a run over the last day since the last commit."""
        since = dg.RunsFilter(created_after=self.at, tags={"dagster/sensor_name": SENSOR})
        key = str(key_of(self.partitions[-1]))
        return any(key in one.tags.values() for one in self.served.instance.get_runs(since))

    def checked(self) -> list[str]:
        """Return, day by day, what Dagster has recorded of the check; "" for nothing."""
        keys = [str(key_of(day)) for day in self.partitions]
        check = dg.AssetCheckKey(dg.AssetKey("book_events"), FAMILY)
        storage = self.served.instance.event_log_storage
        rows = storage.get_asset_check_partition_info([check], partition_keys=keys)
        found = {row.partition_key: row.latest_execution_status.value for row in rows}
        return [found.get(key, "") for key in keys]

    def passed(self) -> bool:
        """Return whether the check stands at success for every day."""
        return set(self.checked()) == {"SUCCEEDED"}

    def stopped(self) -> bool:
        """Return whether the breaker of the instrument is open."""
        return breaker_of(Ledger(self.served.lake), DATASET, self.instrument).opened

    def published(self) -> bool:
        """Return whether training would take all days."""
        head = self.served.lake.head(MAIN)
        there = {info.path for info in self.served.lake.list(head, f"{DATASET}/")}
        paths = {dataset_path(DATASET, day.instrument, day.date) for day in self.partitions}
        return paths <= there

    def root(self) -> str:
        """Return the digest of all that is published."""
        return published_root(self.served.lake, DATASET)

    def settled(self) -> None:
        """Wait until no run is under way."""
        until(self._idle, "all runs have ended", PATIENCE_S)

    def runs_beside(self, known: set[str]) -> list[str]:
        """Return the runs that are not `known`."""
        return self._beside(known)

    def heard(self, after: int = 0) -> set[tuple[str, str]]:
        """Return the sort and the event, opened or resolved, of letters after the first few."""
        return {(one["sort"], one["event"]) for one in self.told()[after:]}

    def adopt(self, reference: Partition, *calibration: Partition) -> None:
        """Adopt golden days by hand, and wait until all was judged by them."""
        config = {
            "reference": [str(key_of(reference))],
            "calibration": [str(key_of(day)) for day in calibration],
            "who": "desk",
            "reason": "quiet days",
        }
        again = dg.RunsFilter(tags={"dagster/sensor_name": "golden_changed"})
        known = {one.run_id for one in self.served.instance.get_runs(again)}
        run = self.served.launch("adopt", config={"golden_reference": config})
        assert self.served.wait(run) == "SUCCESS", self.served.why(run)
        until(lambda: self._beside(known, again), "all is judged again", PATIENCE_S)
        self.settled()

    def told(self) -> list[dict[str, Any]]:
        """Return all letters about the instrument, as they came."""
        return [one for one in self.served.letters if one["instrument"] == self.instrument]

    def noted(self, step: str) -> None:
        """Count a step that is done now from the last commit."""
        self.seconds[step] = elapsed_s() - self.began

    def train(self, days: str = "*") -> str:
        """Launch training on days of the instrument; return the run, which has ended."""
        patterns = [f"{self.instrument}/{days}"]
        name = self.instrument.rpartition("-")[2]
        config = {"training_dataset": {"name": name, "partitions": patterns}}
        run = self.served.launch("train", config=config)
        self.served.wait(run)
        return run

    def _beside(self, known: set[str], filters: dg.RunsFilter | None = None) -> list[str]:
        found = self.served.instance.get_runs(filters)
        return [one.run_id for one in found if one.run_id not in known]

    def _idle(self) -> bool:
        runs = self.served.instance.get_runs()
        return all(one.status.value in FINISHED for one in runs)

    def _commit(self, days: list[Day]) -> None:
        files = write(self.folder, days)
        self.at = datetime.now(UTC)
        ingest(self.served.lake, captures_in(files))
        self.began = elapsed_s()


def brought(story: Journey) -> None:
    """Bring new days; a sensor has them rebuilt, judged and published, and training takes them."""
    story.bring()
    story.reached("new days: checks passed", story.passed)
    story.reached("new days: published", story.published)
    story.settled()
    run = story.train()
    assert story.served.status(run) == "SUCCESS", story.served.why(run)


def spoilt(story: Journey, seed: int) -> None:
    """Spoil the last day: its check fails, its breaker opens, people are told, training refuses."""
    before = story.root()
    story.spoil(seed)
    story.reached("fault: run asked for", story.asked)
    story.reached("fault: check failed", lambda: story.checked()[-1] == "FAILED")
    story.reached("fault: breaker open", story.stopped)
    opened = {("fail", "opened"), ("breaker", "opened")}
    story.reached("fault: told", lambda: opened <= story.heard())
    run = story.train(story.partitions[0].date)
    story.noted("fault: training refused, on other days too")
    assert story.served.status(run) == "FAILURE"
    said = story.served.why(run)["training_dataset"]
    assert f"the breaker of {DATASET}/{story.instrument} is open" in said, said
    assert f"FAIL of {story.partitions[-1]}" in said, said
    story.settled()
    assert set(story.checked()[:-1]) == {"SUCCEEDED"}, "the other days are as they were"
    assert story.root() == before, "nothing of it came to main"


def repaired(story: Journey) -> None:
    """Repair it: the check passes, the breaker closes, people are told, training takes it."""
    told = len(story.told())
    story.repair()
    story.reached("repair: run asked for", story.asked)
    story.reached("repair: check passed", story.passed)
    story.reached("repair: breaker closed", lambda: not story.stopped())
    over = {("fail", "resolved"), ("breaker", "resolved")}
    story.reached("repair: told that it is over", lambda: over <= story.heard(told))
    story.settled()
    run = story.train()
    story.noted("repair: training goes on")
    assert story.served.status(run) == "SUCCESS", story.served.why(run)
