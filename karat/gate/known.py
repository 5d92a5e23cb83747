"""What the gate has seen of a lake and need not look at again: found by digest, signed once.

All of it follows from bytes that have a digest, or from records of the ledger, which are never
changed; that the ledger is whole is asked each time (`karat.verdicts.order`). When other keys are
believed, everything that was signed is looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from karat.contracts import Contract
from karat.errors import CorruptError, ObjectNotFound
from karat.flow.note import Note
from karat.gate.names import below
from karat.golden import GoldenManifest
from karat.lake import CommitId, Lake, Prefix
from karat.lake.layout import (
    Partition,
    golden_current_path,
    published_verdict_path,
    reference_path,
)
from karat.messages import Instrument, instrument_on
from karat.verdicts import Build, Ledger, Link, Outcome, Verdict, current_golden
from karat.verdicts.lineage import find_build, linked

T = TypeVar("T")
NOTES = "_karat/verdicts"
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
        ledger = Ledger(self.lake)
        if (believed := ledger.history.believed) != self._believed:
            self._believed, self._seen = believed, {}
        return ledger

    def golden(self, commit: CommitId, dataset: str) -> GoldenManifest | None:
        """Return the golden manifest that a commit names; errors as `current_golden`."""
        note = self._digest(commit, golden_current_path(dataset))
        return self._once(
            ("golden", dataset, note), lambda: current_golden(self.lake, commit, dataset)
        )

    def proof(self, ledger: Ledger, dataset: str, partition: Partition, key: str) -> Proof | None:
        """Return what the ledger says under a verdict's key, or None."""
        name = "proof", dataset, partition, key
        found: Proof | None = self._seen.get(name)
        if found is None and (verdict := ledger.verdict(dataset, partition, key)):
            found = self.keep(verdict, partition)
        return found

    def keep(self, verdict: Verdict, partition: Partition) -> Proof:
        """Remember what a verdict of the ledger comes to."""
        inputs = verdict.inputs
        proof = Proof(verdict.key, inputs.content, verdict.outcome)
        self._seen["proof", inputs.dataset, partition, proof.key] = proof
        return proof

    def links(
        self, ledger: Ledger, contract: Contract, commit: CommitId, instrument: str
    ) -> list[Link]:
        """Return every raw partition of an instrument with its build, in order."""
        dataset, source = contract.dataset, contract.source
        reference = self._digest(commit, reference_path(instrument))

        def link(partition: Partition, raw: str, before: str | None) -> Link:
            name = "link", dataset, source, partition, raw, before, reference
            found: Link | None = self._seen.get(name)
            if found is None:
                how = source if source.made_by else self._instrument(commit, partition, reference)
                build = find_build(ledger, dataset, partition, raw, before, how)
                found = Link(partition, raw, how, before, build and _bare(build))
                if found.build:  # one that is missing may come
                    self._seen[name] = found
                    self._seen["build", dataset, partition, found.build.input] = found.build
            return found

        return list(linked(self._below(commit, source.folder, instrument, ".parquet"), link))

    def notes(self, dataset: str, commit: CommitId, instrument: str) -> dict[Partition, Note]:
        """Return what a commit says its partitions of an instrument were published under."""

        def note(partition: Partition, digest: str) -> Note:
            return self._once(("note", digest), lambda: self._note(dataset, commit, partition))

        noted = self._below(commit, f"{NOTES}/{dataset}", instrument, ".json")
        return {partition: note(partition, digest) for partition, digest in noted}

    def build(self, ledger: Ledger, dataset: str, partition: Partition, note: Note) -> Build | None:
        """Return the build that a note names, or None when the ledger lacks it."""
        name = "build", dataset, partition, note.build
        found: Build | None = self._seen.get(name)
        if found is not None or not is_digest(note.build):
            return found
        if (build := ledger.build(dataset, partition, note.build)) is not None:
            found = self._seen[name] = _bare(build)
        return found

    def _once(self, name: Hashable, look: Callable[[], T]) -> T:
        if name not in self._seen:
            self._seen[name] = look()
        found: T = self._seen[name]
        return found

    def _instrument(self, commit: CommitId, partition: Partition, digest: str) -> Instrument:
        path = reference_path(partition.instrument)
        if not digest:
            raise ObjectNotFound(f"{path}: no reference data; ingest the instrument first")
        text = self._once(("text", digest), lambda: self._read(commit, path).decode())
        return instrument_on(text, partition.instrument, partition.date, path)

    def _below(
        self, commit: CommitId, folder: str, instrument: str, suffix: str
    ) -> Iterator[tuple[Partition, str]]:
        """Yield an instrument's partitions in a folder, each with the digest of its file."""
        for found in self.lake.list(commit, f"{folder}/{instrument}/"):
            partition = below(folder, found.path, suffix)
            if partition and not isinstance(found, Prefix):  # others speak of no partition
                yield partition, found.content_hash

    def _note(self, dataset: str, commit: CommitId, partition: Partition) -> Note:
        data = self._read(commit, published_verdict_path(dataset, partition))
        try:
            return Note.decode(data, str(partition))
        except CorruptError:
            return NO_NOTE

    def _read(self, commit: CommitId, path: str) -> bytes:
        with self.lake.open(commit, path) as stream:
            return stream.read()

    def _digest(self, commit: CommitId, path: str) -> str:
        try:
            return self.lake.stat(commit, path).content_hash
        except ObjectNotFound:
            return ""


def is_digest(text: str) -> bool:
    """Return whether a text is 64 hex digits, and so may be in a path of the ledger."""
    return _DIGEST.fullmatch(text) is not None


def _bare(build: Build) -> Build:
    """Return a build without what was met on the way, which may be long."""
    return replace(build, counts={}, places=())
