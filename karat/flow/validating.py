"""The whole flow of proof in one function: partitions and a contract to verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from karat.compute import Compute, Serial
from karat.contracts import Contract
from karat.flow.budgets import Budget
from karat.flow.choosing import fitting
from karat.flow.judged import Judged, Trial
from karat.flow.known_verdicts import KnownVerdicts
from karat.flow.newest import sources_of
from karat.flow.remembered import Memory, Remembered
from karat.flow.summary import partition_tree
from karat.flow.together import by_key, distances_together
from karat.flow.validation import Validation
from karat.lake import Lake
from karat.lake.layout import MAIN, Partition
from karat.store import MemoryStore, Store
from karat.telemetry import Clock, Progress, now_s, silent
from karat.verdicts import Ledger, Waiver, current_golden, days_after, record, waiver_for
from karat.verdicts.level import Lesser, level_of
from karat.verdicts.lineage import files


def validate(
    lake: Lake,
    contract: Contract,
    ref: str = MAIN,
    partitions: Sequence[Partition] | None = None,
    *,
    store: Store | None = None,
    compute: Compute | None = None,
    progress: Progress = silent,
    clock: Clock = now_s,
    level: Lesser | None = None,
    budget: Budget | None = None,
) -> Validation:
    """Judge `partitions` of the contract's dataset as they are at `ref`, all by default.

    An audit branch is judged by the golden captures and manifest now on main, any other ref by
    its own.

    A verdict that the ledger holds under the same name is taken from there; new ones are added
    to it. Where copies of the day before are looked for, the days after `partitions` are judged
    too and only recorded: published, they stand beside these. States are found in `store` or
    computed, `compute` saying how many at once. Raises ObjectNotFound for a partition that is not
    there, InputError for data that cannot be read.

    A lesser `level` (L2, L3) is quicker and admits nothing: its verdicts are FAIL or INCONCLUSIVE.
    A `budget` chooses the best level whose planned cost fits, of those not above `level`.
    """
    commit, sources = lake.resolve(ref), sources_of(lake, ref)
    store = store if store is not None else MemoryStore()
    golden = current_golden(lake, sources, contract.dataset)
    chosen_partitions = partitions
    if chosen_partitions is None:
        chosen_partitions = [p for p, _ in files(lake, commit, f"{contract.dataset}/")]
    chosen_partitions = list(dict.fromkeys(chosen_partitions))
    why = ""
    if budget is not None:
        choice = fitting(lake, contract, ref, chosen_partitions, budget, store=store, most=level)
        level, why = choice.level, choice.words
    later = [] if level else days_after(lake, contract, commit, chosen_partitions)
    trial = Trial(lake, contract, commit, sources, golden, store, level)
    memory = Memory(trial)
    known = {} if level else memory.recall([*chosen_partitions, *later])
    tally = _Tally(progress, len(chosen_partitions))
    for one in (known[p] for p in chosen_partitions if p in known):
        tally.add(one)
    fresh, after = list[Judged](), list[Judged]()
    try:
        left = [one for one in chosen_partitions if one not in known]
        for done in (compute or Serial()).map(trial.judge, left):
            fresh.append(done)
            tally.add(done)
        left = [one for one in later if one not in known]
        after = [one for one in (compute or Serial()).map(trial.judge_after, left) if one]
    finally:  # a partition that cannot be read must not cost the verdicts on the others
        new = {j.path: j.verdict.encode() for j in [*fresh, *after] if not j.known}
        record(lake, new, f"Record {len(new)} verdicts on {contract.dataset}")
    if not level:
        memory.keep([*fresh, *after])
    found: dict[Partition, Judged | Remembered] = {**known, **{one.partition: one for one in fresh}}
    judged = [found[one] for one in chosen_partitions]
    leaves = by_key(lake, contract, commit, [] if level else judged)
    merged = distances_together(contract, golden, leaves, store)  # may read, so counted
    return Validation(
        ref=ref,
        commit=commit,
        verdicts=KnownVerdicts(judged),
        cached=sum(j.known for j in judged),
        bytes_read=sum(j.bytes_read for j in [*fresh, *after])
        + sum(leaf.bytes_read for leaf in leaves.values()),
        root=partition_tree({j.partition: j.digest for j in judged}).root,
        merged=merged,
        waivers=_waivers(lake, judged, clock()),
        level=level_of(contract, level),
        chosen=why,
    )


@dataclass
class _Tally:
    """Tells of partitions as they are done."""

    progress: Progress
    total: int
    done: int = 0
    rows: int = 0

    def add(self, one: Judged | Remembered) -> None:
        """Tell of one more."""
        self.done, self.rows = self.done + 1, self.rows + one.rows
        self.progress("validate", self.done, self.total, str(one.partition), rows=self.rows)


def _waivers(
    lake: Lake, judged: Sequence[Judged | Remembered], at_s: int
) -> dict[Partition, Waiver]:
    ledger = Ledger(lake)
    if not ledger.history.all_waivers():
        return {}
    found = ((one.partition, waiver_for(ledger, one.verdict, at_s)) for one in judged)
    return {partition: waiver for partition, waiver in found if waiver}
