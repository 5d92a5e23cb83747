"""The whole flow of proof in one function: partitions and a contract to verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from karat.compute import Compute, Serial, Threads
from karat.contracts import Contract
from karat.flow.budgets import Budget
from karat.flow.choosing import fitting
from karat.flow.golden_in_force import golden_in_force
from karat.flow.judged import Judged, Trial
from karat.flow.known_verdicts import KnownVerdicts
from karat.flow.letting_through import settle
from karat.flow.listing import listing
from karat.flow.newest import sources_of
from karat.flow.remembered import Memory, Remembered
from karat.flow.rounds import Round
from karat.flow.validation import Validation
from karat.lake import Lake
from karat.lake.layout import MAIN, Partition
from karat.store import MemoryStore, Store
from karat.telemetry import Clock, Progress, now_s, silent
from karat.verdicts import Ledger, Outcome, Waiver, waiver_for
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
    golden = golden_in_force(lake, sources, contract.dataset)
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
    going = Round(trial, Memory(trial, listed), compute or Serial(), clock, progress)
    found = going.judged(asked, _Tally(progress, len(asked)).add)
    judged, whole = found.judged, found.whole
    settle(lake, contract, {one.instrument for one in asked}, clock)
    return Validation(
        ref=ref,
        commit=commit,
        verdicts=KnownVerdicts(judged),
        cached=sum(j.known for j in judged),
        bytes_read=found.bytes_read,
        root=whole.root,
        merged=whole.distances,
        waivers=_waivers(lake, judged, clock()),
        level=level_of(contract, level),
        chosen=why,
        root_verdict=found.root,
        reread=found.reread,
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
        if self.progress is silent:
            return
        self.done, self.rows = self.done + 1, self.rows + one.rows
        self.progress("validate", self.done, self.total, str(one.partition), rows=self.rows)


def _waivers(
    lake: Lake, judged: Sequence[Judged | Remembered], at_s: int
) -> dict[Partition, Waiver]:
    ledger = Ledger(lake)
    if not ledger.history.all_waivers():
        return {}
    open_ = [one for one in judged if one.outcome is not Outcome.PASS]
    found = ((one.partition, waiver_for(ledger, one.verdict, at_s)) for one in open_)
    return {partition: waiver for partition, waiver in found if waiver}
