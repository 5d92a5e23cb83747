"""Days that came to main beside others than those they were judged beside: judged there again."""

from __future__ import annotations

from collections.abc import Collection

from karat.contracts import Contract
from karat.flow.judged import Trial
from karat.flow.remembered import Memory
from karat.flow.validating import validate
from karat.lake import CommitId, Lake
from karat.lake.layout import MAIN, Partition
from karat.store import Store
from karat.telemetry import Progress, silent
from karat.verdicts import current_golden, days_after

ROUNDS = 9


def judge_beside(
    lake: Lake,
    contract: Contract,
    published: Collection[Partition],
    *,
    store: Store,
    progress: Progress = silent,
) -> list[Partition]:
    """Judge what no verdict stands for on main, of days just `published` and those after them.

    A verdict holds for a day beside the day before it. Where two were judged at the same time, each
    on a branch without the other, both pass the gate, and neither verdict speaks of them together.
    Who publishes last finds both on main. Return what was judged; nothing is read where all is
    known. Without a rule on copies nothing hangs on other days.
    """
    judged: list[Partition] = []
    for _ in range(ROUNDS if contract.copies else 0):
        head = lake.head(MAIN)
        there = {*published, *days_after(lake, contract, head, sorted(published))}
        left = sorted(there - _known(lake, contract, head, there, store))
        if not left:
            break
        validate(lake, contract, MAIN, left, store=store, progress=progress)
        judged += left
    return judged


def _known(
    lake: Lake, contract: Contract, head: CommitId, days: Collection[Partition], store: Store
) -> set[Partition]:
    golden = current_golden(lake, head, contract.dataset)
    return set(Memory(Trial(lake, contract, head, head, golden, store)).recall(sorted(days)))
