"""The days beside a partition: whose copy it may be, and which may be copies of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from karat.compute import Content, Reading, partition_content, state_of
from karat.contracts import COPIES, Contract, Measure
from karat.errors import InputError, ObjectNotFound
from karat.lake import CommitId, Lake
from karat.lake.layout import Partition, dataset_path
from karat.store import Store
from karat.verdicts.lineage import files

FEW = 16
"""Up to so many days are looked up by name; for more, the dataset is listed."""


@dataclass(frozen=True, slots=True)
class Before:
    """The day before a partition: its file, what that holds, what is measured of it."""

    reading: Reading
    content: Content
    measure: Measure

    @property
    def key(self) -> str:
        """Return the name of its state."""
        return self.measure.state_key(self.content.columns)

    def state(self, store: Store) -> tuple[Measure, Any]:
        """Return its state, from the store or computed, under the family `before`."""
        found = state_of(self.measure, self.content, self.reading, store)
        self.reading.forget()
        return replace(self.measure, family="before"), found


def day_before(
    lake: Lake,
    contract: Contract,
    partition: Partition,
    at: CommitId,
    asked: tuple[Measure, ...],
    store: Store,
) -> Before | None:
    """Return the same instrument's day before, at the same commit.

    None without a rule on copies, or where that day has no partition. Raises InputError where it
    lacks a column that is compared.
    """
    found = [one for one in asked if (one.family, one.name) == ("invariants", COPIES)]
    if contract.copies is None or not found:
        return None
    yesterday = moved(partition, -1)
    path = dataset_path(contract.dataset, yesterday.instrument, yesterday.date)
    reading = Reading(lake, at, path)
    try:
        content = partition_content(reading, store)
    except ObjectNotFound:
        return None
    if missing := [name for name in found[0].reads() if name not in content.columns]:
        raise InputError(f"{reading.path}: column {missing[0]!r} is missing; rebuild this day")
    return Before(reading, content, found[0])


def days_after(
    lake: Lake, contract: Contract, commit: CommitId, partitions: Sequence[Partition]
) -> list[Partition]:
    """Return the days whose verdicts also hang on `partitions`: those after, not among them.

    Only such as are there at `commit`; none without a rule on copies.
    """
    if contract.copies is None:
        return []
    after = {moved(partition, 1) for partition in partitions} - set(partitions)
    if len(after) <= FEW:
        return sorted(one for one in after if _is_there(lake, contract, commit, one))
    return sorted(after & {p for p, _ in files(lake, commit, f"{contract.dataset}/")})


def _is_there(lake: Lake, contract: Contract, commit: CommitId, one: Partition) -> bool:
    try:
        lake.stat(commit, dataset_path(contract.dataset, one.instrument, one.date))
    except ObjectNotFound:
        return False
    return True


def moved(partition: Partition, days: int) -> Partition:
    """Return the same instrument's partition so many days later."""
    date = dt.date.fromisoformat(partition.date) + dt.timedelta(days=days)
    return Partition(partition.instrument, str(date))
