"""Main back to its last fully valid state of a dataset: forwards, by one more commit, on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from karat.contracts import Contract
from karat.errors import NothingToMerge, RefusedError
from karat.gate.auditing import Audit, audit
from karat.gate.changes import sorted_out
from karat.gate.rollback_record import Rollback
from karat.lake import Commit, CommitId, Lake
from karat.lake.layout import MAIN
from karat.store import Store
from karat.telemetry import Clock, Progress, now_s, silent
from karat.verdicts import record

NOTES = "_karat/verdicts"


@dataclass(frozen=True)
class Plan:
    """What a rollback would do: main's head, the commit it goes back to, and the paths it changes.

    `restored` are put as they were at `target`, `taken` were not there then. `invalid` says what
    speaks against the present state, by partition. Without any path there is nothing to do.
    """

    dataset: str
    head: CommitId
    target: CommitId
    restored: tuple[str, ...]
    taken: tuple[str, ...]
    invalid: Mapping[str, str]


def plan_rollback(
    lake: Lake,
    contract: Contract,
    contracts: Sequence[Contract] = (),
    *,
    store: Store,
    target: CommitId | None = None,
    progress: Progress = silent,
) -> Plan:
    """Return how the dataset of `contract` would go back; nothing is written.

    A state of main is fully valid when the last commit that touched each of its partitions, or
    its note, had a PASS for it. The newest such state is gone back to, or that of `target`.
    `contracts` are those of all datasets in the lake. Raises RefusedError for a target whose
    state is not valid, or where no state ever was; errors as `audit`.
    """
    every = {one.dataset: one for one in (*contracts, contract)}
    found = audit(lake, list(every.values()), store=store, progress=progress)
    states = states_of(lake, contract.dataset, sorted(every), found)
    valid = [commit for commit, against in states.items() if not against]
    chosen = target or (valid[-1] if valid else None)
    if chosen is None or chosen not in valid:
        raise RefusedError(_not_valid(chosen, states))
    head = lake.head(MAIN)
    changes = [change for folder in (contract.dataset, f"{NOTES}/{contract.dataset}")
               for change in lake.diff(head, chosen, f"{folder}/")]  # fmt: skip
    restored = tuple(sorted(change.path for change in changes if change.right))
    taken = tuple(sorted(change.path for change in changes if not change.right))
    return Plan(contract.dataset, head, chosen, restored, taken, states.get(head, {}))


def roll_back(lake: Lake, plan: Plan, *, who: str, reason: str, clock: Clock = now_s) -> CommitId:
    """Do what `plan` says, if main is still where it was planned; return main's new commit.

    First it is put on record in the ledger, then it is merged: what was there stays in main's
    history. Sources stay as they are, so a partition whose capture is newer waits for its rebuild.
    Raises NothingToMerge where the state is that of the target, HeadMoved when main has moved.
    """
    said = Rollback(plan.dataset, plan.head, plan.target, who, reason, clock())
    if not (plan.restored or plan.taken):
        raise NothingToMerge(f"main holds {plan.dataset} as it was at {plan.target[:12]} already")
    message = f"Roll {plan.dataset} back to {plan.target[:12]}: {reason}"
    record(lake, {said.path: said.encode()}, message)
    with lake.session(plan.head) as session:
        for path in plan.restored:
            session.put(path, lake.local_path(plan.target, path))
        for path in plan.taken:
            session.delete(path)
        commit = session.commit(message)
    try:
        return lake.merge(commit, MAIN, message=message, expected_head=plan.head)
    finally:
        lake.delete_branch(session.branch)


def states_of(
    lake: Lake, dataset: str, gated: Sequence[str], found: Audit
) -> dict[CommitId, dict[str, str]]:
    """Return what speaks against a dataset as it was at each commit of main, oldest first.

    `gated` are the datasets of all the contracts under which the audit `found` what it did.
    """
    unproved = {one.commit: one.reasons for one in found.unproved}
    states: dict[CommitId, dict[str, str]] = {}
    now: dict[str, str] = {}
    for commit in reversed(list(lake.log(MAIN, first_parent=True))):
        if commit.parents:
            touched = _touched(lake, commit, dataset, gated)
            against = unproved.get(commit.id, {})
            now = {name: why for name, why in now.items() if name not in touched}
            now |= {name: against[name] for name in touched if name in against}
        states[commit.id] = dict(now)
    return states


def _touched(lake: Lake, commit: Commit, dataset: str, gated: Sequence[str]) -> set[str]:
    changes = sorted_out(lake.diff(commit.parents[0], commit.id), gated)
    own = (
        path for path in changes.strange if path.startswith((f"{dataset}/", f"{NOTES}/{dataset}/"))
    )
    days = {*changes.touched[dataset], *changes.taken[dataset]}
    return {*map(str, days), *own}


def _not_valid(chosen: CommitId | None, states: Mapping[CommitId, Mapping[str, str]]) -> str:
    if chosen is None:
        return "no state of main was ever fully valid: rebuild, validate and publish anew"
    if chosen not in states:
        return f"{chosen[:12]} is no commit of main: name one that karat lake log shows"
    told = "".join(f"\n  {name}: {why}" for name, why in states[chosen].items())
    return f"the state at {chosen[:12]} is not valid:{told}"
