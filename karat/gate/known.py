"""What the gate has seen of a lake and need not look at again: found by digest, signed once.

All of it follows from bytes that have a digest, or from records of the ledger, which are never
changed; that the ledger is whole is asked each time (`karat.verdicts.order`). What was signed is
remembered for the keys that are believed: when others are, all of it is looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from karat.contracts import Contract
from karat.errors import CorruptError, ObjectNotFound
from karat.flow.note import Note
from karat.gate.views import View
from karat.golden import GoldenManifest
from karat.lake import CommitId, Lake, ObjectInfo
from karat.lake.layout import Partition, golden_current_path, reference_path
from karat.messages import Instrument, instrument_on
from karat.verdicts import Build, Ledger, Link, Outcome, Verdict, current_golden
from karat.verdicts.lineage import find_build

T = TypeVar("T")
MOST = 1 << 21
"""So many things are remembered, some 1 kB each; then all are forgotten, and seen again."""
NO_NOTE = Note("", "", "")
"""What stands for bytes that are no note: it names nothing."""
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a verdict of the ledger comes to: its key, the content it speaks of, its outcome."""

    key: str
    content: str
    outcome: Outcome


class Known:
    """What was seen of `lake`; safe for threads, which at worst look twice."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self._believed = ""
        self._seen: dict[Hashable, Any] = {}

    def renew(self) -> Ledger:
        """Return the ledger as it is now; what was signed is forgotten when other keys count."""
        ledger = Ledger(self.lake, whole=True)
        if (believed := ledger.history.believed) != self._believed:
            self._believed, self._seen = believed, {}
        return ledger

    @property
    def count(self) -> int:
        """Return how many things are remembered."""
        return len(self._seen)

    def golden(self, ledger: Ledger, view: View, dataset: str) -> GoldenManifest | None:
        """Return the golden manifest that a commit names; errors as `current_golden`."""
        info = view.file(golden_current_path(dataset))
        if info is None:
            return None
        name = "golden", ledger.history.believed, dataset, info.content_hash
        return self._once(name, lambda: current_golden(self.lake, view.commit, dataset))

    def proof(
        self, ledger: Ledger, contract: Contract, partition: Partition, key: str
    ) -> Proof | None:
        """Return what the ledger says under a verdict's key, or None.

        It may be recorded by itself or with many others (`Ledger.verdict`).
        """
        name = "proof", ledger.history.believed, contract.dataset, partition, key
        found: Proof | None = self._seen.get(name)
        if found is None:
            verdict = ledger.verdict(contract.dataset, partition, key, contract.digest)
            found = self.proved(ledger, partition, verdict) if verdict else None
        return found

    def proved(self, ledger: Ledger, partition: Partition, verdict: Verdict) -> Proof:
        """Remember what a verdict of the ledger comes to."""
        name = "proof", ledger.history.believed, verdict.inputs.dataset, partition, verdict.key
        proof = Proof(verdict.key, verdict.inputs.content, verdict.outcome)
        self._keep(name, proof)
        return proof

    def link(
        self,
        ledger: Ledger,
        contract: Contract,
        view: View,
        day: Partition,
        raw: str,
        before: str | None,
    ) -> Link:
        """Return the link of a raw digest; without the book `before`, of one that needs none.

        Errors as `karat.messages.instrument_on`; ObjectNotFound without reference data.
        """
        dataset, source = contract.dataset, contract.source
        reference = self.reference(contract, view, day.instrument)
        believed = ledger.history.believed
        name = "link", believed, dataset, source, day, raw, before, reference
        found: Link | None = self._seen.get(name)
        if found is None:
            how = source if source.made_by else self._instrument(view.commit, day, reference)
            build = find_build(ledger, dataset, day, raw, before, how)
            found = Link(day, raw, how, before, build and _bare(build))
            if found.build:  # one that is missing may come
                self._keep(name, found)
                self._keep(("build", believed, dataset, day, found.build.input), found.build)
        return found

    def reference(self, contract: Contract, view: View, instrument: str) -> str:
        """Return the digest of an instrument's reference data, "" where none is or is needed."""
        info = None if contract.source.made_by else view.file(reference_path(instrument))
        return info.content_hash if info else ""

    def note(self, commit: CommitId, info: ObjectInfo) -> Note:
        """Return the note that a file of a commit is; `NO_NOTE` for one that is none."""
        return self._once(("note", info.content_hash), lambda: self._note(commit, info.path))

    def build(self, ledger: Ledger, dataset: str, partition: Partition, note: Note) -> Build | None:
        """Return the build that a note names, or None when the ledger lacks it."""
        name = "build", ledger.history.believed, dataset, partition, note.build
        found: Build | None = self._seen.get(name)
        if found is not None or not is_digest(note.build):
            return found
        if (build := ledger.build(dataset, partition, note.build)) is not None:
            found = _bare(build)
            self._keep(name, found)
        return found

    def _once(self, name: Hashable, look: Callable[[], T]) -> T:
        found: T | None = self._seen.get(name)
        if found is None:
            found = look()
            self._keep(name, found)
        return found

    def _keep(self, name: Hashable, found: object) -> None:
        if len(self._seen) >= MOST:
            self._seen = {}
        self._seen[name] = found

    def _instrument(self, commit: CommitId, partition: Partition, digest: str) -> Instrument:
        path = reference_path(partition.instrument)
        if not digest:
            raise ObjectNotFound(f"{path}: no reference data; ingest the instrument first")
        text = self._once(("text", digest), lambda: self._read(commit, path).decode())

        def look() -> Instrument:
            return instrument_on(text, partition.instrument, partition.date, path)

        return self._once(("instrument", digest, partition), look)

    def _note(self, commit: CommitId, path: str) -> Note:
        try:
            return Note.decode(self._read(commit, path), path)
        except CorruptError:
            return NO_NOTE

    def _read(self, commit: CommitId, path: str) -> bytes:
        with self.lake.open(commit, path) as stream:
            return stream.read()


def is_digest(text: str) -> bool:
    """Return whether a text is 64 hex digits, and so may be in a path of the ledger."""
    return _DIGEST.fullmatch(text) is not None


def _bare(build: Build) -> Build:
    """Return a build without what was met on the way, which may be long."""
    return replace(build, counts={}, places=())
