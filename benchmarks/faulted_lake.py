"""A lake of simulated days, proved, and restated with faults that are forced past the gate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.forced_lake import ForcedLake
from karat.digest import digest
from karat.errors import InputError
from karat.flow import adopt_golden, build_golden, captures_in, ingest
from karat.lake.layout import Partition
from karat.simulation import MARKET, Faulted, lost_deltas, side_flip, simulate, stale_book, write

FAULTS: dict[str, Callable[..., Faulted]] = {
    one.__name__: one for one in (lost_deltas, side_flip, stale_book)
}
REASON = "forced through, to see what the gate is for"
GOLDEN_SET = "golden-steps"


@dataclass(frozen=True)
class Plan:
    """Which days there are, one after the other: golden ones, some to train, one, some to evaluate.

    Of `golden` days of steps every third is referred to, the others calibrate; 0 for a contract
    without distances. The last `held` days evaluate; the day before them does neither. `pin` is
    the digest that their contents must have, "" for any.
    """

    golden: int
    train: int
    held: int
    messages: int
    seed: int
    pin: str = ""
    instrument: str = "sim-usdm-btcusdt"
    first: dt.date = dt.date(2024, 1, 1)

    @property
    def dates(self) -> list[dt.date]:
        """Return all days."""
        count = self.golden + self.train + 1 + self.held
        return [self.first + dt.timedelta(days=n) for n in range(count)]

    @property
    def days(self) -> list[Partition]:
        """Return all days, as partitions."""
        return [Partition(self.instrument, str(one)) for one in self.dates]


@dataclass
class FaultedLake(ForcedLake):
    """A lake of the days of a plan, made by `prove`."""

    plan: Plan = field(kw_only=True)
    _trains: list[Partition] = field(default_factory=list, init=False)

    @property
    def captures(self) -> Path:
        """Return the folder of the captures as they were before any fault."""
        return self.home / "captures"

    def prove(self) -> str:
        """Publish what passes, cut the days that evaluate and those that train; return the latter.

        InputError where those that evaluate are not the ones that the plan pins.
        """
        plan, days = self.plan, self.plan.days
        made = simulate(
            plan.instrument, plan.dates, seed=plan.seed, messages_per_day=plan.messages,
            regime=MARKET, without_snapshot=(),
        )  # fmt: skip
        write(self.captures, made)
        ingest(self.lake, captures_in([self.captures]))
        self.publish(self.events, days)
        if plan.golden:
            self._adopt(days[: plan.golden])
        published = self.publish(self.steps, days)
        trains = days[plan.golden : plan.golden + plan.train]
        self._trains = [one for one in trains if one in published]
        self._declare([one for one in days[-plan.held :] if one in published])
        return self.cut("steps", self._trains).title

    def restate(self, fault: str, severity: float) -> tuple[str, set[Partition]]:
        """Spoil each day that trains, force it through; return the dataset, and days refused.

        A fault is always of the capture as it was at first, with a seed of the day's own.
        """
        ingest(self.lake, captures_in(list(self._spoiled(fault, severity))))
        refused = self.force(self.events, self._trains, REASON)
        refused |= self.force(self.steps, self._trains, REASON)
        return self.cut("steps", self._trains).title, refused

    def _spoiled(self, fault: str, severity: float) -> Sequence[Path]:
        files = []
        (self.home / "restated").mkdir(exist_ok=True)
        for number, day in enumerate(self._trains):
            stem = day.instrument.removeprefix("sim-").replace("-", "_")
            name = f"{stem}_{day.date.replace('-', '')}_raw.parquet"
            raw = pq.read_table(self.captures / name)
            files.append(self.home / "restated" / name)
            pq.write_table(FAULTS[fault](raw, severity, number).raw, files[-1])
        return files

    def _declare(self, days: Sequence[Partition]) -> None:
        judge = self.cut(GOLDEN_SET, days)
        found = digest("golden set/1", *(one.content for one in judge.entries))
        if self.plan.pin not in {"", found}:
            raise InputError(
                f"{judge.title} holds {found}, not {self.plan.pin}: the simulated market, the "
                "rebuild or the features are others; pin what evaluates anew, and measure again"
            )

    def _adopt(self, days: Sequence[Partition]) -> None:
        branch = self.judged(self.steps, days)[0]
        rest = [one for n, one in enumerate(days) if n % 3]
        made = build_golden(self.lake, self.steps, branch, days[::3], rest, store=self.store)
        adopt_golden(self.lake, made, who="benchmark", reason="the first days, proved")
