"""One partition judged: its states found or computed, its censuses taken, its verdict."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from karat.compute import Compute, Content, Reading, census, states_of, trade_census
from karat.contracts import Contract, chosen
from karat.errors import InputError
from karat.flow.refining import refine
from karat.golden import GoldenManifest
from karat.golden.shared_cells import share
from karat.lake import CommitId, Lake
from karat.lake.layout import Partition, verdict_path
from karat.states import TradeCensusState
from karat.store import DiskStore, Store, Tiered
from karat.verdicts import Ledger, Outcome, Subject, Verdict, subject
from karat.verdicts.facts import facts_of
from karat.verdicts.judging import Rulebook
from karat.verdicts.lesser import Captured, judge_at
from karat.verdicts.level import Lesser
from karat.verdicts.measurement import Measurement
from karat.verdicts.pairing import Pairing


@dataclass(frozen=True)
class Named:
    """A partition whose content is named."""

    partition: Partition
    content: Content

    @property
    def rows(self) -> int:
        """Return how many rows it has."""
        return self.content.rows

    @property
    def digest(self) -> str:
        """Return the name of its content."""
        return self.content.digest


@dataclass(frozen=True)
class Judged(Named):
    """A partition as it was judged, in values that may come from another process.

    `known` verdicts were in the ledger already. `bytes_read` are the compressed column bytes that
    were decoded for it, `reread` the columns that were read once more, for all golden values to
    say; `content` is without the names of chunks, `measured` is None for what was not measured now,
    or at a lesser level.
    """

    verdict: Verdict
    known: bool
    bytes_read: int
    measured: Measurement | None = None
    reread: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Return what the verdict comes to."""
        return self.verdict.outcome

    @cached_property
    def key(self) -> str:
        """Return the name of the verdict."""
        return self.verdict.key

    @property
    def path(self) -> str:
        """Return where the verdict stands in the ledger."""
        return verdict_path(self.verdict.inputs.dataset, self.partition, self.key)


class Found(NamedTuple):
    """A verdict, whether the ledger has it, what was measured, and the columns read again."""

    verdict: Verdict
    known: bool = False
    measured: Measurement | None = None
    reread: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """Judges partitions of a commit, held against `golden` and the captures of `sources`.

    With `afresh`, verdicts in the ledger are not looked at. `inside` says how the parts of one
    large partition are worked on. Other processes that are sent this open lake and store for
    themselves, and map golden's cells from one file in the store's folder, where it has one.
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

    def __getstate__(self) -> dict[str, Any]:
        """Return what another process is sent."""
        golden = self.golden
        disk = self.store.disk if isinstance(self.store, Tiered) else self.store
        if golden and isinstance(disk, DiskStore):
            golden = share(golden, disk.database.root)
        return {name: value for name, value in vars(self).items() if name != "rules"} | {
            "golden": golden
        }

    @cached_property
    def rules(self) -> Rulebook:
        """Return what decides about partitions, with what follows from golden days once."""
        return Rulebook(self.contract, self.golden)

    def judge(self, partition: Partition) -> Judged:
        """Return the verdict on one partition, and keep nothing of its columns in memory."""
        case = self.case(partition)
        verdict, known, measured, reread = self._verdict(case)
        looked_at: list[Reading | Pairing] = [case.candidate, case.paired]
        looked_at += [case.before.reading] if case.before else []
        read = sum(one.bytes_read for one in looked_at)
        for one in looked_at:
            one.forget()
        # names of chunks are some 100 kB a million rows, and are in the store
        content = replace(case.content, chunks=None)
        return Judged(partition, content, verdict, known, read, measured, reread)

    def judge_after(self, partition: Partition) -> Judged | None:
        """Return the verdict on a day that nobody asked for; None when it cannot be read."""
        with suppress(InputError):  # it has no verdict then, so the gate refuses it
            return self.judge(partition)
        return None

    def case(self, partition: Partition) -> Subject:
        """Return what there is to judge of a partition, its content named."""
        at = {"at": self.commit, "sources": self.sources}
        return subject(
            self.lake,
            self.contract,
            partition,
            **at,
            golden=self.golden,
            store=self.store,
            level=self.level,
        )

    def _verdict(self, case: Subject) -> Found:
        """Return the verdict on one partition."""
        known = None if self.afresh else self.recorded(case)
        if known:
            return Found(known, known=True)
        made = states_of(case.measures, case.content, case.candidate, self.store, self.inside)
        states = list(zip(case.measures, made, strict=True))
        if case.before:
            states.append(case.before.state(self.store))
        if self.level:
            there = Captured(case.paired.quotes is not None, case.paired.trades is not None)
            how = (self.level, self.contract, case.case, states, self.golden, there)
            return Found(Verdict(case.inputs, judge_at(*how)))
        held = self.rules.held(case.stratum)
        facts = facts_of(self.contract, states, self._census(case), held, self._trades(case))
        facts, reread = refine(self.rules, case, facts, states, self.lake, self.store, self.inside)
        verdict = Verdict(case.inputs, self.rules.findings(case.case, facts))
        measured = Measurement.of(case.inputs, case.content.rows, case.stratum, facts)
        return Found(verdict, measured=measured, reread=reread)

    def recorded(self, case: Subject) -> Verdict | None:
        """Return the verdict that the ledger has under the name that this one will have."""
        of = self.contract.dataset, case.partition, case.inputs.key, self.contract.digest
        return Ledger(self.lake).verdict(*of)

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
