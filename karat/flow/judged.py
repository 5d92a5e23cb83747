"""One partition judged: its states found or computed, its censuses taken, its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from karat.compute import Compute, census, states_of, trade_census
from karat.contracts import Contract, Measure, chosen
from karat.errors import InputError
from karat.golden import GoldenManifest
from karat.lake import CommitId, Lake
from karat.lake.layout import Partition, verdict_path
from karat.states import TradeCensusState
from karat.store import Store
from karat.verdicts import Finding, Ledger, Subject, Verdict, judge, subject
from karat.verdicts.lesser import Captured, judge_at
from karat.verdicts.level import Lesser


@dataclass(frozen=True)
class Judged:
    """A partition as it was judged; `known` verdicts were in the ledger already."""

    subject: Subject
    verdict: Verdict
    known: bool

    @property
    def path(self) -> str:
        """Return where the verdict stands in the ledger."""
        inputs = self.verdict.inputs
        return verdict_path(inputs.dataset, self.subject.partition, self.verdict.key)

    @property
    def bytes_read(self) -> int:
        """Return the compressed column bytes that were decoded for it."""
        before = self.subject.before
        sources = self.subject.paired.bytes_read + (before.reading.bytes_read if before else 0)
        return self.subject.candidate.bytes_read + sources


@dataclass(frozen=True)
class Trial:
    """Judges partitions of a commit, held against `golden` and the captures of `sources`.

    With `afresh`, verdicts in the ledger are not looked at. `inside` says how the parts of one
    large partition are worked on.
    """

    lake: Lake
    contract: Contract
    commit: CommitId
    sources: CommitId
    golden: GoldenManifest | None
    store: Store
    level: Lesser | None = None
    afresh: bool = False
    inside: Compute | None = None

    def judge(self, partition: Partition) -> Judged:
        """Return the verdict on one partition, and keep nothing of its columns in memory."""
        judged = self._judge(partition)
        judged.subject.candidate.forget()
        judged.subject.paired.forget()
        if judged.subject.before:
            judged.subject.before.reading.forget()
        return judged

    def judge_after(self, partition: Partition) -> Judged | None:
        """Return the verdict on a day that nobody asked for; None when it cannot be read."""
        with suppress(InputError):  # it has no verdict then, so the gate refuses it
            return self.judge(partition)
        return None

    def _judge(self, partition: Partition) -> Judged:
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
            return Judged(case, known, known=True)
        made = states_of(case.measures, case.content, case.candidate, self.store, self.inside)
        states = list(zip(case.measures, made, strict=True))
        if case.before:
            states.append(case.before.state(self.store))
        findings = self._found(case, states)
        return Judged(case, Verdict(case.inputs, findings), known=False)

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
