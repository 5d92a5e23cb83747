"""The whole flow of proof in one function: partitions and a contract to verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from karat.breaker import Judgement, counting
from karat.compute import Compute, Serial, Threads
from karat.contracts import Contract
from karat.flow.budgets import Budget
from karat.flow.choosing import fitting
from karat.flow.judged import Judged, Trial
from karat.flow.known_verdicts import KnownVerdicts
from karat.flow.letting_through import settle
from karat.flow.listing import listing
from karat.flow.newest import sources_of
from karat.flow.remembered import Memory, Remembered
from karat.flow.together import together
from karat.flow.validation import Validation
from karat.lake import Lake
from karat.lake.layout import MAIN, Partition
from karat.store import MemoryStore, Store
from karat.telemetry import Clock, Progress, now_s, silent
from karat.verdicts import Ledger, Waiver, current_golden, days_after, record, waiver_for
from karat.verdicts.level import Lesser, level_of


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
    listed: Mapping[Partition, str] = {}
    if partitions is None:
        listed = listing(lake, commit, contract.dataset, store)
    asked, why = list(dict.fromkeys(listed if partitions is None else partitions)), ""
    if budget is not None:
        choice = fitting(lake, contract, ref, asked, budget, store=store, most=level)
        level, why = choice.level, choice.words
    alone = len(asked) == 1 and isinstance(compute, Threads)
    inside = compute if alone else None  # several partitions keep all threads busy as they are
    trial = Trial(lake, contract, commit, sources, golden, store, level, inside=inside)
    judged, read = _judged(trial, asked, listed, compute or Serial(), progress, clock)
    settle(lake, contract, {one.instrument for one in asked}, clock)
    whole = together(trial, judged)
    return Validation(
        ref=ref,
        commit=commit,
        verdicts=KnownVerdicts(judged),
        cached=sum(j.known for j in judged),
        bytes_read=read + whole.bytes_read,
        root=whole.root,
        merged=whole.distances,
        waivers=_waivers(lake, judged, clock()),
        level=level_of(contract, level),
        chosen=why,
    )


def _judged(
    trial: Trial,
    asked: Sequence[Partition],
    listed: Mapping[Partition, str],
    compute: Compute,
    progress: Progress,
    clock: Clock,
) -> tuple[list[Judged | Remembered], int]:
    """Return the partitions asked for as they were judged, and the bytes that were read for it.

    New verdicts are recorded, also those on the days after, and what they do to breakers.
    `listed` are files already listed.
    """
    lake, contract, memory = trial.lake, trial.contract, Memory(trial, listed)
    later = [] if trial.level else days_after(lake, contract, trial.commit, asked)
    known = {} if trial.level else memory.recall([*asked, *later])
    tally = _Tally(progress, len(asked))
    for one in asked:
        if one in known:
            tally.add(known[one])
    fresh, after = dict[Partition, Judged](), list[Judged]()
    try:
        for done in compute.map(trial.judge, [one for one in asked if one not in known]):
            fresh[done.partition] = done
            tally.add(done)
        left = [one for one in later if one not in known]
        after = [one for one in compute.map(trial.judge_after, left) if one]
    finally:  # a partition that cannot be read must not cost the verdicts on the others
        made = [*fresh.values(), *after]
        new = {one.path: one.verdict.encode() for one in made if not one.known}
        seen: list[Judged | Remembered] = [*known.values(), *made]
        also = counting(contract, map(_judgement, seen), clock)
        record(lake, new, f"Record {len(new)} verdicts on {contract.dataset}", also=also)
    if not trial.level:
        memory.keep(made)
    return [fresh.get(one) or known[one] for one in asked], sum(one.bytes_read for one in made)


def _judgement(one: Judged | Remembered) -> Judgement:
    key = one.key if isinstance(one, Remembered) else one.verdict.key
    return Judgement(one.partition, one.digest, one.outcome, key, one.known)


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
