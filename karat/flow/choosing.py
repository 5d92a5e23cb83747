"""A plan of what judging would take, and the best level that a budget allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import reduce

from karat.contracts import Contract
from karat.errors import InputError
from karat.flow.budgets import Budget, Cost
from karat.flow.newest import sources_of
from karat.flow.part_plans import PartPlan, Planner
from karat.flow.planned_together import PlannedTogether, planned_together
from karat.flow.rates import Rates, rates
from karat.golden import GoldenManifest, Sufficient, sufficient
from karat.lake import Lake
from karat.lake.layout import MAIN, Partition
from karat.store import MemoryStore, Store
from karat.verdicts import current_golden, days_after
from karat.verdicts.level import LESSER, Lesser, level_of
from karat.verdicts.lineage import files


@dataclass(frozen=True, slots=True)
class Choice:
    """A level, None for the contract's own, and why in words."""

    level: Lesser | None
    words: str


@dataclass(frozen=True)
class Plan:
    """What judging partitions of `ref` would take at `level`; nothing of it is done.

    `after` are the days after `parts`, of which copies are looked for: they are judged as well.
    `sufficient` is, by stratum and distance, how many rows a day needs for its tolerances, and
    `together` the columns that are read once more for the distances of all partitions as one.
    """

    ref: str
    level: str
    parts: tuple[PartPlan, ...]
    rates: Rates
    sufficient: Mapping[str, Mapping[str, Sufficient]]
    after: tuple[PartPlan, ...] = ()
    together: PlannedTogether = field(default_factory=PlannedTogether)

    @property
    def cost(self) -> Cost:
        """Return the cost of all partitions, one after the other, and of the days after them."""
        parts = (part.cost for part in (*self.parts, *self.after))
        return reduce(Cost.plus, parts, self.together.cost)


def plan(
    lake: Lake,
    contract: Contract,
    ref: str = MAIN,
    partitions: Sequence[Partition] | None = None,
    *,
    store: Store | None = None,
    level: Lesser | None = None,
) -> Plan:
    """Return what `validate` would do with the same arguments, without doing it.

    Reads names, footers, the ledger and the golden manifest, no column of data. Writes nothing but
    this machine's rates, once, to `store`. Raises ObjectNotFound for a partition that is not there.
    """
    store = store if store is not None else MemoryStore()
    commit, sources = lake.resolve(ref), sources_of(lake, ref)
    golden = current_golden(lake, sources, contract.dataset)
    asked = partitions
    if asked is None:
        asked = [p for p, _ in files(lake, commit, f"{contract.dataset}/")]
    known = rates(store)
    planner = Planner(lake, contract, commit, sources, golden, store, known)
    asked = list(dict.fromkeys(asked))
    parts = tuple(planner.plan(partition, level) for partition in asked)
    later = [] if level else days_after(lake, contract, commit, asked)
    after = tuple(_readable(planner, later))
    sizes = _sufficient(contract, golden)
    whole = planned_together(planner, parts) if level is None else PlannedTogether()
    return Plan(ref, level_of(contract, level), parts, known, sizes, after, whole)


def fitting(
    lake: Lake,
    contract: Contract,
    ref: str,
    partitions: Sequence[Partition],
    budget: Budget,
    *,
    store: Store,
    most: Lesser | None = None,
) -> Choice:
    """Return the best level, at most `most`, whose planned cost fits; L3 when none does."""
    own: tuple[Lesser | None, ...] = (None, *LESSER)
    allowed = own[own.index(most) :]
    for level in allowed:
        told = plan(lake, contract, ref, partitions, store=store, level=level)
        if fits := budget.fits(told.cost):
            break
    cost = f"{told.cost.bytes:,} bytes to read, about {told.cost.seconds:.2g} s"
    why = f"the best that a budget of {budget} allows" if fits else f"over the budget of {budget}"
    return Choice(level, f"level {told.level}: {cost}; {why}")


def _readable(planner: Planner, days: Sequence[Partition]) -> Iterator[PartPlan]:
    """Yield the plans of days nobody asked for, but of none that cannot be read: it is let lie."""
    for day in days:
        with suppress(InputError):
            yield planner.plan(day, None)


def _sufficient(
    contract: Contract, golden: GoldenManifest | None
) -> dict[str, Mapping[str, Sufficient]]:
    strata = golden.strata if golden else {}
    return {s: sufficient(contract, golden, s) for s in strata} if golden else {}
