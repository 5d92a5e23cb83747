"""A lake whose days go the way of a user's data; somebody may let them through without a PASS.

Raw captures are rebuilt, judged, published, made steps of, judged again, published and cut. What
the gate refuses may be forced: a waiver for each day, in somebody's name and for a reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from karat import dataset, load_contract, open_lake
from karat.contracts import Contract
from karat.contracts.breaker_rule import BreakerRule
from karat.errors import GateRefused, InputError
from karat.flow import publish_together, rebuild_partitions, validate, waive
from karat.lake import Lake
from karat.lake.layout import MAIN, Partition
from karat.signing import KeyFiles
from karat.store import MemoryStore
from karat.training.run import Ground
from karat.verdicts import Outcome

CONTRACTS = Path(__file__).parents[1] / "contracts"
NEVER = BreakerRule(failures=1_000_000)
"""Breakers would stop what is forced through here."""
EVER = "2999-12-31"


def shipped(name: str) -> Contract:
    """Return a contract that is shipped, with a breaker that never opens."""
    return load_contract(CONTRACTS / f"{name}.yaml").model_copy(update={"breaker": NEVER})


@dataclass
class ForcedLake:
    """A lake below `home`, with contracts of book events and of steps; `url` "" is a folder."""

    home: Path
    events: Contract
    steps: Contract
    url: str = ""
    store: MemoryStore = field(default_factory=MemoryStore)

    @cached_property
    def lake(self) -> Lake:
        """Return the lake."""
        where = self.url or f"file://{self.home / 'lake'}"
        return open_lake(where, files=KeyFiles.below(self.home))

    @property
    def ground(self) -> Ground:
        """Return what trainers stand on."""
        return Ground(self.lake, self.steps, self.home / "training")

    def publish(self, rules: Contract, days: Sequence[Partition]) -> set[Partition]:
        """Rebuild and judge days, and publish those that pass; return these.

        They are judged again as they lie on main: a day is compared with the one before it, which
        may have been left out.
        """
        branch = self.judged(rules, days)[0]
        done = publish_together(self.lake, rules, {branch: days}, store=self.store)
        validate(self.lake, rules, MAIN, done.published, store=self.store)
        return set(done.published)

    def force(self, rules: Contract, days: Sequence[Partition], reason: str) -> set[Partition]:
        """Publish all of `days`, with a waiver for each that the gate refuses; return these.

        GateRefused where it refuses others than have no PASS.
        """
        branch, failed = self.judged(rules, days)
        before = publish_together(self.lake, rules, {branch: days}, store=self.store)
        if set(before.refused) != failed:
            raise GateRefused(f"{branch}: other days were refused than have no PASS")
        for day in sorted(failed):
            waive(
                self.lake, rules, day, who="benchmark", reason=reason, until=EVER, critical=True,
                store=self.store,
            )  # fmt: skip
        if failed:
            branch = self.judged(rules, sorted(failed))[0]
            publish_together(self.lake, rules, {branch: sorted(failed)}, store=self.store)
        validate(self.lake, rules, MAIN, days, store=self.store)
        return failed

    def judged(self, rules: Contract, days: Sequence[Partition]) -> tuple[str, set[Partition]]:
        """Rebuild and judge days; return their branch, and the days that have no PASS."""
        batch = rebuild_partitions(self.lake, rules, days, store=self.store)
        if batch.branch is None:
            raise InputError(f"nothing was rebuilt: {batch.failed}")
        found = validate(self.lake, rules, batch.branch, days, store=self.store).verdicts
        return batch.branch, {day for day in days if found[day].outcome is not Outcome.PASS}

    def cut(self, name: str, days: Sequence[Partition]) -> dataset.Manifest:
        """Cut a dataset of the steps of `days`."""
        names = [str(one) for one in days]
        return dataset.cut(self.lake, self.steps, name, partitions=names, store=self.store)
