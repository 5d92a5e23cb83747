"""The partitions that a merge changes: each proved, its note saying so, its books carried over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from karat.contracts import Contract
from karat.errors import CorruptError, InputError, ObjectNotFound
from karat.flow.judged import Judged, Trial
from karat.flow.note import Note
from karat.flow.remembered import Memory
from karat.gate.chain import Chain
from karat.gate.known import Known, Proof
from karat.gate.raw_days import RawDays
from karat.gate.views import View
from karat.lake.confirming import believes, confirm
from karat.lake.layout import Partition, dataset_path
from karat.store import Store
from karat.telemetry import Clock
from karat.verdicts import Ledger, Link, Outcome, Verdict, against, subject, waiver_for
from karat.verdicts.gate import without_verdict

Held = tuple[str, Proof | None, str]
"""Of a partition: its content, its verdict, and why it cannot be read."""


@dataclass
class Found:
    """What was found: reasons against partitions, waivers of those without a PASS, outcomes."""

    reasons: dict[str, str] = field(default_factory=dict)
    waived: dict[str, str] = field(default_factory=dict)
    outcomes: set[Outcome] = field(default_factory=set)


@dataclass(frozen=True)
class Weighing:
    """Holds the partitions of one dataset, as a merged commit has them, against the ledger."""

    known: Known
    ledger: Ledger
    contract: Contract
    view: View
    store: Store
    clock: Clock

    def weigh(self, touched: Mapping[Partition, str], into: Found) -> None:
        """Add what speaks against each of `touched`, given with the digest of new bytes or ""."""
        commit, golden = self.view.commit, self.known.golden(*self._where)
        trial = Trial(self.known.lake, self.contract, commit, commit, golden, self.store)
        held = self._held(trial, touched)
        for instrument, own in by_instrument(touched).items():
            try:
                into.reasons.update(self._days(instrument, own, held, into))
            except (InputError, ObjectNotFound) as error:  # its reference data is gone, or no table
                into.reasons.update({str(day): str(error) for day in own})

    @property
    def _where(self) -> tuple[Ledger, View, str]:
        return self.ledger, self.view, self.contract.dataset

    def _days(
        self,
        instrument: str,
        own: Collection[Partition],
        held: Mapping[Partition, Held],
        into: Found,
    ) -> dict[str, str]:
        """Return what speaks against the days of one instrument."""
        raw = RawDays(self.known, self.ledger, self.contract, self.view, instrument)
        chain, reasons = Chain(raw, frozenset(own)), {}
        for day in own:
            at = raw.place(day)
            link = None if at is None else raw.newest(at)
            if why := self._against(link, held[day], chain.note(day), day, into):
                reasons[str(day)] = why
        return reasons | chain.broken()

    def _held(self, trial: Trial, touched: Mapping[Partition, str]) -> dict[Partition, Held]:
        """Return, of each partition, its content, its verdict and why it cannot be read."""
        memory = Memory(trial, {one: digest for one, digest in touched.items() if digest})
        found = dict(self._spoiled(touched))
        for one, told in memory.recall([one for one in touched if one not in found]).items():
            proof = self.known.proof(self.ledger, self.contract, one, told.key)
            found[one] = told.digest, proof, ""
        left = [one for one in touched if one not in found]
        memory.keep(list(self._looked_at(trial, left, found)))
        return found

    def _spoiled(self, touched: Mapping[Partition, str]) -> Iterator[tuple[Partition, Held]]:
        """Yield those that came with other bytes than their writer says."""
        for one, new in touched.items() if believes(self.known.lake) else ():
            path = dataset_path(self.contract.dataset, one.instrument, one.date)
            info = self.view.file(path) if new else None
            try:
                if info is not None:
                    confirm(self.known.lake, self.view.commit, info)
            except CorruptError as error:
                yield one, ("", None, str(error))

    def _looked_at(
        self,
        trial: Trial,
        partitions: Iterable[Partition],
        into: dict[Partition, Held],
    ) -> Iterable[Judged]:
        """Look at files that were never seen; yield what may be remembered of them."""
        for one in partitions:
            try:
                case = subject(
                    self.known.lake,
                    self.contract,
                    one,
                    at=self.view.commit,
                    sources=self.view.commit,
                    golden=trial.golden,
                    store=self.store,
                )
            except ObjectNotFound:
                into[one] = "", None, "its bytes are not there, and only its note is"
                continue
            except InputError as error:
                into[one] = "", None, str(error)
                continue
            case.candidate.forget()
            case.paired.forget()
            verdict = self._verdict(one, case.inputs.key)
            proof = self.known.proved(self.ledger, one, verdict) if verdict else None
            into[one] = case.content.digest, proof, ""
            if verdict:
                yield Judged(one, case.content, verdict, True, 0)  # noqa: FBT003 - as it is named

    def _against(
        self,
        link: Link | None,
        held: Held,
        note: Note | None,
        partition: Partition,
        into: Found,
    ) -> str:
        """Return why a partition is refused, "" for nothing; what admits it goes into `into`."""
        content, proof, unread = held
        if link is None or unread:
            return unread or "main has no raw capture of it"
        why = without_verdict(link, content, known=proof is not None)
        if why or proof is None or link.build is None:
            return why
        into.outcomes.add(proof.outcome)
        waiver = ""
        if proof.outcome is not Outcome.PASS:
            waiver, why = self._waived(partition, proof)
            if why:
                return why
            into.waived[str(partition)] = waiver
        if note is None:
            return "its note in _karat/verdicts/ is missing: publish it with karat publish"
        named = self.known.build(self.ledger, self.contract.dataset, partition, note)
        told = note.verdict, note.content, note.waiver
        if told == (proof.key, content, waiver) and named == link.build:
            return ""
        return _other(note, Note(proof.key, content, link.build.input, waiver))

    def _verdict(self, partition: Partition, key: str) -> Verdict | None:
        return self.ledger.verdict(self.contract.dataset, partition, key, self.contract.digest)

    def _waived(self, partition: Partition, proof: Proof) -> tuple[str, str]:
        """Return the digest of the waiver that admits what has no PASS, or why none does."""
        verdict = self._verdict(partition, proof.key)
        if verdict is None:
            raise CorruptError(f"ledger: the verdict {proof.key} is gone")
        waiver = waiver_for(self.ledger, verdict, self.clock())
        return waiver.digest if waiver else "", against(waiver, verdict)


def by_instrument(partitions: Iterable[Partition]) -> dict[str, list[Partition]]:
    """Return partitions by their instruments."""
    found: dict[str, list[Partition]] = {}
    for one in sorted(partitions):
        found.setdefault(one.instrument, []).append(one)
    return found


def _other(note: Note, said: Note) -> str:
    names = [name for name in ("verdict", "content", "build", "waiver")
             if getattr(note, name) != getattr(said, name)]  # fmt: skip
    return f"its note in _karat/verdicts/ names another {', '.join(names)}: publish it again"
