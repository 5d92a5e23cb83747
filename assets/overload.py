"""Judging while more waits than can be done: for a budget, and noted, to be done again in full."""

from collections.abc import Sequence
from typing import get_args

import dagster as dg

from karat.contracts import Contract
from karat.flow import Validation
from karat.flow.budgets import Budget
from karat.verdicts.level import Lesser

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


def note(
    instance: dg.DagsterInstance, run: str, contract: Contract, proofs: Sequence[Validation]
) -> None:
    """Note on a run that it judged at a lesser level, if it did."""
    lesser = sorted({proof.level for proof in proofs} & set(get_args(Lesser)))
    if lesser:
        instance.add_run_tags(run, {LOWERED: contract.dataset, LEVEL: lesser[-1]})
