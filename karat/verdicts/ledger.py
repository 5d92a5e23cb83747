"""The append-only ledger: every build and every verdict, each under the name of its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from karat.errors import CorruptError, ObjectNotFound
from karat.lake import CommitId, Lake
from karat.lake.append import append
from karat.lake.layout import LEDGER, Partition, build_path, carry_path, verdict_path
from karat.messages import Carry
from karat.verdicts.build import Build
from karat.verdicts.verdict import Verdict


class Ledger:
    """The ledger as one commit holds it."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    @cached_property
    def commit(self) -> CommitId:
        """Return the commit that is read."""
        return self._lake.head(LEDGER)

    def build(self, dataset: str, partition: Partition, input_digest: str) -> Build | None:
        """Return a build, or None; CorruptError when it was edited."""
        data = self._read(build_path(dataset, partition, input_digest))
        return None if data is None else Build.decode(data, input_digest)

    def verdict(self, dataset: str, partition: Partition, key: str) -> Verdict | None:
        """Return a verdict, or None; CorruptError when it was edited."""
        data = self._read(verdict_path(dataset, partition, key))
        return None if data is None else Verdict.decode(data, key)

    def carry(self, dataset: str, name: str) -> Carry:
        """Return a book that carries over; ObjectNotFound, CorruptError."""
        with self._lake.open(self.commit, carry_path(dataset, name)) as stream:
            return Carry.decode(stream.read(), name)

    def has_carry(self, dataset: str, name: str) -> bool:
        """Return whether a book is kept; its name is of its content, however it is encoded."""
        try:
            self._lake.stat(self.commit, carry_path(dataset, name))
        except ObjectNotFound:
            return False
        return True

    def _read(self, path: str) -> bytes | None:
        try:
            with self._lake.open(self.commit, path) as stream:
                return stream.read()
        except ObjectNotFound:
            return None


def record(lake: Lake, files: Mapping[str, bytes], message: str) -> CommitId:
    """Add records to the ledger; those that stand there already are left alone.

    Raises CorruptError when one stands there with other bytes: nothing is overwritten.
    """
    ledger = Ledger(lake)
    new = {}
    for path, data in files.items():
        there = ledger._read(path)  # noqa: SLF001 - this module owns both
        if there is None:
            new[path] = data
        elif there != data:
            raise CorruptError(f"ledger: {path} holds other bytes than would be written now")
    return append(lake, LEDGER, new, message=message) if new else ledger.commit
