"""Copies of the day before: where that day lies, and what share of a partition is its copy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from karat.compute import Reading, partition_content, state_of
from karat.contracts import COPIES, Contract, CopiesRule, Measure, Role
from karat.distances import Containment, contained
from karat.errors import InputError, ObjectNotFound
from karat.lake import CommitId, Lake
from karat.lake.layout import Partition, dataset_path
from karat.store import Store
from karat.verdicts.row_findings import EMPTY, counted
from karat.verdicts.verdict import Finding, Number, Outcome


@dataclass(frozen=True, slots=True)
class Before:
    """The day before a partition: its file, the digests of its columns, what is measured of it."""

    reading: Reading
    columns: Mapping[str, str]
    measure: Measure

    @property
    def key(self) -> str:
        """Return the name of its state."""
        return self.measure.state_key(self.columns)

    def state(self, store: Store) -> tuple[Measure, Any]:
        """Return its state, from the store or computed, under the family `before`."""
        found = state_of(self.measure, self.columns, self.reading, store)
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
    date = dt.date.fromisoformat(partition.date) - dt.timedelta(days=1)
    reading = Reading(lake, at, dataset_path(contract.dataset, partition.instrument, str(date)))
    try:
        columns = partition_content(reading, store).columns
    except ObjectNotFound:
        return None
    if missing := [name for name in found[0].reads() if name not in columns]:
        raise InputError(f"{reading.path}: column {missing[0]!r} is missing; rebuild this day")
    return Before(reading, columns, found[0])


def judge_copies(
    rule: CopiesRule, role: Role, rows: int, ours: tuple[Measure, Any], before: Any | None
) -> Finding:
    """Return the finding on copies of the day before, whose state is `before`.

    FAIL for a larger share than is allowed. Without a day before there is nothing to hold rows
    against: INCONCLUSIVE, which is shown and never counted.
    """
    measure, state = ours
    role = counted(role, rule.severity)
    numbers: dict[str, Number] = {"allowance": rule.allowance}
    found = None if before is None else contained(measure.statistic, state, before)  # type: ignore[arg-type] # its rule says so
    if not rows:
        return Finding("invariants", role, COPIES, Outcome.INCONCLUSIVE, EMPTY, numbers)
    if found is None:
        what = "there is no day before" if before is None else "neither day has grams to compare"
        return Finding("invariants", "warn", COPIES, Outcome.INCONCLUSIVE, what, numbers)
    outcome = Outcome.FAIL if found.share > Fraction(rule.allowance) else Outcome.PASS
    numbers |= {"common": found.common, "sampled": found.sampled, "share": float(found.share)}
    return Finding("invariants", role, COPIES, outcome, _reason(rule, found), numbers)


def _reason(rule: CopiesRule, found: Containment) -> str:
    what = f"{found.common:,} of {found.sampled:,} {rule.width}-grams"
    sample = "" if found.exact else " sampled"
    return f"{what}{sample} are of the day before too (allowed share {rule.allowance})"
