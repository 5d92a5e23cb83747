"""Proved partitions on a branch that people merge themselves, where they merge all else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from karat.contracts import Contract
from karat.digest import digest
from karat.errors import NothingToCommit, NothingToMerge
from karat.flow.admitting import admissible, nothing_of
from karat.flow.letting_through import let_through
from karat.flow.merging import put_admitted
from karat.flow.summary import changed_partitions
from karat.lake import CommitId, Lake, WriteSession
from karat.lake.layout import MAIN, Partition
from karat.store import Store
from karat.telemetry import Clock, now_s
from karat.verdicts.lineage import files


def propose(
    lake: Lake,
    contract: Contract,
    branch: str,
    partitions: Sequence[Partition] | None = None,
    *,
    store: Store,
    clock: Clock = now_s,
) -> str:
    """Return a branch off main that holds what is proved of an audit branch, ready to be merged.

    With `MAIN`, or a branch that changed nothing: what main holds, with the notes of its present
    verdicts, as after a contract was changed. All that is asked for or nothing: raises GateRefused
    naming what the gate refuses, or a breaker: of a half-open one, propose the one partition that
    goes first. NothingToMerge when main holds all of it under the same notes. The same call gives
    the same branch, also after a crash. Whoever merges it says `expected-head`, main's head now;
    when main has moved meanwhile, propose again.
    """
    head, audit = lake.head(MAIN), lake.resolve(branch)
    changed = changed_partitions(lake, head, audit, contract.dataset)
    held = changed or [partition for partition, _ in files(lake, head, f"{contract.dataset}/")]
    asked = [one for one in held if partitions is None or one in partitions]
    where = audit if changed else head, head
    parts = dict.fromkeys(asked, where[0])
    admitted, refused = admissible(lake, contract, parts, head, store=store, clock=clock)
    passage = let_through(lake, contract, head, admitted, clock)
    refused |= passage.refused
    if refused or not admitted:
        raise nothing_of(branch, refused)
    name = f"proposed-{_name(contract, where, list(map(str, admitted)))}"
    there = {ref.name: ref.commit for ref in lake.branches(name)}
    if there.get(name, head) == head:  # or whoever began it did not come to the end
        with _filling(lake, head, name) as session:
            put_admitted(session, lake, admitted, parts, contract.dataset, head)
            session.commit(f"Propose {len(admitted)} partitions of {contract.dataset}")
    return name


@contextmanager
def _filling(lake: Lake, head: CommitId, name: str) -> Iterator[WriteSession]:
    """Give a session on the branch `name`; where nothing is committed, no branch is left."""
    try:
        with lake.session(head, branch=name) as session:
            yield session
    except NothingToCommit as error:
        lake.delete_branch(name)
        raise NothingToMerge(
            "main holds what is proved of it already, under the same verdicts: there is nothing "
            "to propose"
        ) from error


def _name(contract: Contract, where: tuple[CommitId, CommitId], partitions: list[str]) -> str:
    return digest("proposal/1", contract.digest, *where, *partitions)[:16]
