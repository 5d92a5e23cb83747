"""The partitions that a merge changes: each proved, its note saying so, its books carried over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from karat.contracts import Contract
from karat.errors import CorruptError, InputError, ObjectNotFound
from karat.flow.judged import Judged, Trial
from karat.flow.note import Note
from karat.flow.remembered import Memory
from karat.gate.chain import broken
from karat.gate.known import Known, Proof
from karat.lake import CommitId
from karat.lake.layout import Partition
from karat.store import Store
from karat.telemetry import Clock
from karat.verdicts import Ledger, Link, Outcome, against, subject, waiver_for
from karat.verdicts.gate import without_verdict


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
    commit: CommitId
    store: Store
    clock: Clock

    def weigh(self, touched: Mapping[Partition, str], into: Found) -> None:
        """Add what speaks against each of `touched`, given with the digest of new bytes or ""."""
        golden = self.known.golden(self.commit, self.contract.dataset)
        trial = Trial(self.known.lake, self.contract, self.commit, self.commit, golden, self.store)
        held = self._held(trial, touched)
        for instrument, own in by_instrument(touched).items():
            days = self.known.links(self.ledger, self.contract, self.commit, instrument)
            notes = self.known.notes(self.contract.dataset, self.commit, instrument)
            by_day = {link.partition: link for link in days}
            for partition in own:
                link, note = by_day.get(partition), notes.get(partition)
                if why := self._against(link, held[partition], note, partition, into):
                    into.reasons[str(partition)] = why
            into.reasons.update(
                broken(self.known, self.ledger, self.contract.dataset, days, notes, own)
            )

    def _held(
        self, trial: Trial, touched: Mapping[Partition, str]
    ) -> dict[Partition, tuple[str, Proof | None, str]]:
        """Return, of each partition, its content, its verdict and why it cannot be read."""
        memory = Memory(trial, {one: digest for one, digest in touched.items() if digest})
        found: dict[Partition, tuple[str, Proof | None, str]] = {}
        for one, told in memory.recall(list(touched)).items():
            proof = self.known.proof(self.ledger, self.contract.dataset, one, told.key)
            found[one] = told.digest, proof, ""
        left = [one for one in touched if one not in found]
        memory.keep(list(self._looked_at(trial, left, found)))
        return found

    def _looked_at(
        self,
        trial: Trial,
        partitions: Iterable[Partition],
        into: dict[Partition, tuple[str, Proof | None, str]],
    ) -> Iterable[Judged]:
        """Look at files that were never seen; yield what may be remembered of them."""
        for one in partitions:
            try:
                case = subject(
                    self.known.lake,
                    self.contract,
                    one,
                    at=self.commit,
                    sources=self.commit,
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
            verdict = self.ledger.verdict(self.contract.dataset, one, case.inputs.key)
            into[one] = case.content.digest, self.known.keep(verdict, one) if verdict else None, ""
            if verdict:
                yield Judged(one, case.content, verdict, True, 0)  # noqa: FBT003 - as it is named

    def _against(
        self,
        link: Link | None,
        held: tuple[str, Proof | None, str],
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

    def _waived(self, partition: Partition, proof: Proof) -> tuple[str, str]:
        """Return the digest of the waiver that admits what has no PASS, or why none does."""
        verdict = self.ledger.verdict(self.contract.dataset, partition, proof.key)
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
