"""Verdicts made again from the lake alone: nothing remembered, the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from karat.compute import Compute, Serial
from karat.contracts import Contract
from karat.flow.judged import Trial
from karat.flow.newest import sources_of
from karat.lake import Lake
from karat.lake.layout import MAIN, Partition
from karat.store import MemoryStore
from karat.telemetry import Progress, silent
from karat.verdicts import Ledger, Verdict, current_golden
from karat.verdicts.lineage import files


@dataclass(frozen=True)
class Reproduced:
    """A verdict made again, and the one of its name in the ledger, None for none."""

    partition: Partition
    again: Verdict
    recorded: Verdict | None

    @property
    def same(self) -> bool:
        """Return whether both have the same bytes."""
        return self.recorded is not None and self.recorded.encode() == self.again.encode()


def reproduce(
    lake: Lake,
    contract: Contract,
    ref: str = MAIN,
    partitions: Sequence[Partition] | None = None,
    *,
    compute: Compute | None = None,
    progress: Progress = silent,
) -> list[Reproduced]:
    """Judge partitions of `ref` again with an empty store; nothing is recorded.

    Every state is computed from rows whose bytes match their digest. Errors as `validate`.
    """
    commit, sources = lake.resolve(ref), sources_of(lake, ref)
    golden = current_golden(lake, sources, contract.dataset)
    trial = Trial(lake, contract, commit, sources, golden, MemoryStore(), afresh=True)
    chosen = partitions
    if chosen is None:
        chosen = [partition for partition, _ in files(lake, commit, f"{contract.dataset}/")]
    ledger, found, rows = Ledger(lake, whole=True), list[Reproduced](), 0
    for done in (compute or Serial()).map(trial.judge, list(dict.fromkeys(chosen))):
        partition, again = done.partition, done.verdict
        recorded = ledger.verdict(contract.dataset, partition, again.key)
        found.append(Reproduced(partition, again, recorded))
        rows += done.content.rows
        progress("reproduce", len(found), len(chosen), str(partition), rows=rows)
    return found
