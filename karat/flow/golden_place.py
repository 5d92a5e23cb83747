"""Where golden days are taken from: main, or, before anything is published, an audit branch."""

from __future__ import annotations

from collections.abc import Collection

from karat.contracts import Contract
from karat.flow.newest import AUDIT
from karat.lake import Lake
from karat.lake.layout import MAIN, Partition
from karat.verdicts.lineage import files


def golden_ref(lake: Lake, contract: Contract, days: Collection[Partition]) -> str:
    """Return main if it holds all `days`, else an audit branch that does; main where none does.

    A dataset without any other recording is first proved by golden days of its own, and these
    wait on an audit branch until there is something to prove them by.
    """
    for ref in (MAIN, *(branch.name for branch in lake.branches(AUDIT))):
        there = dict(files(lake, lake.resolve(ref), f"{contract.dataset}/"))
        if all(day in there for day in days):
            return ref
    return MAIN
