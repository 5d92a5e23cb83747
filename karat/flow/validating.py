"""The whole flow of proof in one function: partitions and a contract to verdicts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from karat.compute import Compute, Serial, census, state_of, trade_census
from karat.contracts import Contract, Measure, chosen
from karat.errors import InputError
from karat.flow.budgets import Budget
from karat.flow.choosing import fitting
from karat.flow.newest import sources_of
from karat.flow.summary import partition_key, partition_tree
from karat.golden import GoldenManifest
from karat.lake import CommitId, Lake
from karat.lake.layout import MAIN, Partition, verdict_path
from karat.states import TradeCensusState
from karat.store import MemoryStore, Store
from karat.telemetry import Clock, Progress, now_s, silent
from karat.tree import Key, fold
from karat.verdicts import (
    Finding,
    Ledger,
    Outcome,
    Subject,
    Verdict,
    Waiver,
    current_golden,
    days_after,
    judge,
    record,
    subject,
    waiver_for,
    worst,
)
from karat.verdicts.lesser import Captured, judge_at
from karat.verdicts.level import Lesser, level_of
from karat.verdicts.lineage import files


@dataclass(frozen=True)
class Validation:
    """Verdicts by partition, and what they cost.

    `root` names the contents of all judged partitions; `merged` are the distances of all of them
    together from golden, by name. `cached` verdicts were in the ledger already; `bytes_read` are
    compressed column bytes decoded, 0 when everything was known. `waivers` are those in force for
    partitions without a PASS: the gate may admit them, their outcomes stay. `level` is how
    thoroughly they were judged, `chosen` why so where a budget decided it.
    """

    ref: str
    commit: CommitId
    verdicts: dict[Partition, Verdict]
    cached: int
    bytes_read: int
    root: str
    merged: dict[str, tuple[Fraction, Fraction]]
    waivers: dict[Partition, Waiver] = field(default_factory=dict)
    level: str = ""
    chosen: str = ""

    @property
    def outcome(self) -> Outcome:
        """Return the worst outcome; INCONCLUSIVE for no partition."""
        return worst(verdict.outcome for verdict in self.verdicts.values())

    def to_json(self) -> str:
        """Return everything as JSON text."""
        body: dict[str, Any] = {
            "ref": self.ref,
            "commit": self.commit,
            "level": self.level,
            "chosen": self.chosen,
            "outcome": str(self.outcome),
            "cached": self.cached,
            "bytes_read": self.bytes_read,
            "root": self.root,
            "merged": {k: [float(low), float(high)] for k, (low, high) in self.merged.items()},
            "verdicts": {str(p): self.plain(p) for p in self.verdicts},
        }
        return json.dumps(body, indent=1)

    def plain(self, partition: Partition) -> dict[str, Any]:
        """Return a verdict as plain values, with its key and the waiver in force, None for none."""
        verdict, waiver = self.verdicts[partition], self.waivers.get(partition)
        told = None if waiver is None else waiver.plain()
        return verdict.body() | {"key": verdict.key, "waiver": told}


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
    judged: list[_Judged] = []
    after: list[_Judged] = []
    try:
        for done in (compute or Serial()).map(trial.judge, chosen_partitions):
            judged.append(done)
            progress("validate", len(judged), len(chosen_partitions), str(done.subject.partition))
        after = [one for one in (compute or Serial()).map(trial.judge_after, later) if one]
    finally:  # a partition that cannot be read must not cost the verdicts on the others
        new = {j.path: j.verdict.encode() for j in [*judged, *after] if not j.known}
        record(lake, new, f"Record {len(new)} verdicts on {contract.dataset}")
    together = [] if level else [j.subject for j in judged]
    merged = trial.merged(together)  # before its reading is counted
    return Validation(
        ref=ref,
        commit=commit,
        verdicts={j.subject.partition: j.verdict for j in judged},
        cached=sum(j.known for j in judged),
        bytes_read=sum(j.bytes_read for j in [*judged, *after]),
        root=partition_tree({j.subject.partition: j.subject.content.digest for j in judged}).root,
        merged=merged,
        waivers=_waivers(lake, [j.verdict for j in judged], clock()),
        level=level_of(contract, level),
        chosen=why,
    )


def _waivers(lake: Lake, verdicts: Sequence[Verdict], at_s: int) -> dict[Partition, Waiver]:
    ledger = Ledger(lake)
    found = ((v.inputs.partition, waiver_for(ledger, v, at_s)) for v in verdicts)
    return {Partition.parse(partition): waiver for partition, waiver in found if waiver}


@dataclass(frozen=True)
class _Judged:
    subject: Subject
    verdict: Verdict
    known: bool

    @property
    def path(self) -> str:
        inputs = self.verdict.inputs
        return verdict_path(inputs.dataset, self.subject.partition, self.verdict.key)

    @property
    def bytes_read(self) -> int:
        before = self.subject.before
        sources = self.subject.paired.bytes_read + (before.reading.bytes_read if before else 0)
        return self.subject.candidate.bytes_read + sources


@dataclass(frozen=True)
class Trial:
    """Judges partitions of a commit, held against `golden` and the captures of `sources`.

    With `afresh`, verdicts in the ledger are not looked at.
    """

    lake: Lake
    contract: Contract
    commit: CommitId
    sources: CommitId
    golden: GoldenManifest | None
    store: Store
    level: Lesser | None = None
    afresh: bool = False

    def judge(self, partition: Partition) -> _Judged:
        """Return the verdict on one partition, and keep nothing of its columns in memory."""
        judged = self._judge(partition)
        judged.subject.candidate.forget()
        judged.subject.paired.forget()
        if judged.subject.before:
            judged.subject.before.reading.forget()
        return judged

    def judge_after(self, partition: Partition) -> _Judged | None:
        """Return the verdict on a day that nobody asked for; None when it cannot be read."""
        with suppress(InputError):  # it has no verdict then, so the gate refuses it
            return self.judge(partition)
        return None

    def _judge(self, partition: Partition) -> _Judged:
        """Return the verdict on one partition, from the ledger where it stands there."""
        at = {"at": self.commit, "sources": self.sources}
        case = subject(
            self.lake,
            self.contract,
            partition,
            **at,
            golden=self.golden,
            store=self.store,
            level=self.level,
        )
        ledger, name = Ledger(self.lake), case.inputs.key
        known = None if self.afresh else ledger.verdict(self.contract.dataset, partition, name)
        if known:
            return _Judged(case, known, known=True)
        states = [
            (measure, state_of(measure, case.content.columns, case.candidate, self.store))
            for measure in case.measures
        ]
        if case.before:
            states.append(case.before.state(self.store))
        findings = self._found(case, states)
        return _Judged(case, Verdict(case.inputs, findings), known=False)

    def _found(self, case: Subject, states: Sequence[tuple[Measure, Any]]) -> tuple[Finding, ...]:
        if self.level:
            there = Captured(case.paired.quotes is not None, case.paired.trades is not None)
            how = (self.level, self.contract, case.case, states, self.golden, there)
            return judge_at(*how)
        censuses = self._census(case), self._trades(case)
        return judge(self.contract, case.case, states, censuses[0], self.golden, censuses[1])

    def _census(self, case: Subject) -> Any:
        rule, paired = self.contract.paired, case.paired.quotes
        if rule is None or paired is None:
            return None
        rows = chosen(self.contract, rule.rows)
        how = (paired.reader, paired.instrument)
        return census(rule, rows, paired.key, case.candidate, paired.golden, how, self.store)

    def _trades(self, case: Subject) -> TradeCensusState | None:
        rule, paired = self.contract.paired, case.paired.trades
        if rule is None or rule.trades is None or paired is None:
            return None
        rows = chosen(self.contract, rule.trades.rows)
        how = (paired.reader, paired.instrument)
        parts = (paired.key, case.candidate, paired.golden, how, self.store)
        return trade_census(rule.trades, rows, *parts)

    def merged(self, cases: Sequence[Subject]) -> dict[str, tuple[Fraction, Fraction]]:
        """Return the distances of all partitions together, merged up the tree."""
        held = self.golden.usable(self.contract) if self.golden and cases else {}
        tree = partition_tree({case.partition: case.content.digest for case in cases})
        by_key = {partition_key(case.partition): case for case in cases}
        found = {}
        for name, one in held.items():
            measure = one.measure()

            def leaf(key: Key, m: Measure = measure) -> bytes:
                case = by_key[key]
                state = state_of(m, case.content.columns, case.candidate, self.store)
                return m.statistic.encode(state)

            whole = fold(tree, measure.statistic, leaf, _Memo(self.store))
            total = one.distance(whole)
            found[name] = (total.lower, total.upper)
        return found


@dataclass(frozen=True)
class _Memo:
    """A store as the memo of a fold."""

    store: Store

    def get(self, key: str, /) -> bytes | None:
        return self.store.get(key)

    def __setitem__(self, key: str, value: bytes, /) -> None:
        self.store.put(key, value)
