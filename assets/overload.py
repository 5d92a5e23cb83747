"""Judging while more waits than can be done: for a budget, and noted, to be done again in full."""

from collections.abc import Collection, Sequence
from typing import get_args

import dagster as dg

from karat.assets.chain import chain
from karat.contracts import Contract
from karat.flow import Validation
from karat.flow.budgets import Budget
from karat.lake.layout import Partition
from karat.resources import Connection
from karat.verdicts import Ledger
from karat.verdicts.level import LESSER, Lesser

LOWERED, LEVEL = "karat/lowered", "karat/level"
"""Tags of a run that judged at a lesser level: the dataset, and the level."""


def overloaded(instance: dg.DagsterInstance, contract: Contract) -> bool:
    """Return whether as many runs wait as the contract calls too many; never without its rule."""
    rule = contract.runs.overload
    if rule is None:
        return False
    waiting = dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED])
    return instance.get_runs_count(waiting) >= rule.waiting


def budget_now(instance: dg.DagsterInstance, contract: Contract) -> Budget | None:
    """Return what a run may spend on judging now; None for as much as it takes."""
    rule = contract.runs.overload
    return Budget.parse(rule.budget) if rule and overloaded(instance, contract) else None


def judged_at(on: Connection, days: Collection[Partition]) -> dict[Partition, Lesser]:
    """Return the best lesser level that the newest bytes of days were judged at, where any was."""
    found: dict[Partition, Lesser] = {}
    for link in chain(on, sorted(days)) if days else ():
        if link.partition in days and link.build:
            there = Ledger(on.lake).judged(on.contract.dataset, link.partition)
            of = link.build.content, on.contract.digest
            levels = {v.inputs.level for v in there if (v.inputs.content, v.inputs.contract) == of}
            if best := [level for level in LESSER if level in levels]:
                found[link.partition] = best[0]
    return found


def note(
    instance: dg.DagsterInstance, run: str, contract: Contract, proofs: Sequence[Validation]
) -> None:
    """Note on a run that it judged at a lesser level, if it did."""
    lesser = sorted({proof.level for proof in proofs} & set(get_args(Lesser)))
    if lesser:
        instance.add_run_tags(run, {LOWERED: contract.dataset, LEVEL: lesser[-1]})
