"""A revocation: a content that a training dataset holds has FAILed under rules now in force.

It is recorded in the ledger in the same step as the verdict, and refuses every dataset that was cut
before it. One that is cut later passed the gate after it, and names it as overruled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from karat.dataset.manifest import Manifest
from karat.digest import bytes_digest
from karat.errors import CorruptError
from karat.lake.layout import Partition, revocation_path, revocation_prefix
from karat.signing import read_record, statement
from karat.verdicts import Ledger

KIND = "revocation:1"
_NAME = re.compile(r"([^/]+/[^/]+)/([0-9a-f]{64})-([0-9a-f]{64})\.json", re.ASCII)


@dataclass(frozen=True, slots=True)
class Revocation:
    """Which content of a partition is bad, by which verdict, under which contract and golden.

    `reason` are the rules that failed, in words.
    """

    dataset: str
    partition: str
    content: str
    verdict: str
    contract: str
    golden: str
    reason: str

    @property
    def digest(self) -> str:
        """Return the name of the revocation: the SHA-256 of what it says."""
        return bytes_digest(self.encode())

    @property
    def path(self) -> str:
        """Return where it is recorded on the ledger."""
        partition = Partition.parse(self.partition)
        return revocation_path(self.dataset, partition, self.content, self.digest)

    def __str__(self) -> str:
        """Return what was found, in a few words."""
        return f"revoked by verdict {self.verdict[:12]}: {self.reason}"

    def encode(self) -> bytes:
        """Return the revocation as a statement on its content."""
        return statement(KIND, {f"{self.dataset}/{self.partition}": self.content}, asdict(self))

    @classmethod
    def decode(cls, data: bytes, what: str) -> Revocation:
        """Return the revocation; CorruptError naming `what` when the bytes are none."""
        return read_record(KIND, data, what, lambda body: cls(**body))


Recorded = Mapping[tuple[str, str], Mapping[str, str]]
"""Where revocations are recorded, by their digests, by partition and content."""


def recorded(ledger: Ledger, dataset: str) -> Recorded:
    """Return where the revocations of a dataset's contents are; no file is read."""
    prefix, found = revocation_prefix(dataset), dict[tuple[str, str], dict[str, str]]()
    for path in ledger.history.records:
        if path.startswith(prefix) and (named := _NAME.fullmatch(path[len(prefix) :])):
            found.setdefault((named[1], named[2]), {})[named[3]] = path
    return found


def revocations_of(ledger: Ledger, manifest: Manifest) -> dict[str, Revocation]:
    """Return the revocations of what a manifest names, by digest, but those it overruled.

    Those that a key signed which is revoked by now count too: in doubt, nothing is admitted.
    """
    known = recorded(ledger, manifest.dataset)
    if not known:
        return {}
    paths = {
        name: path
        for entry in manifest.entries
        for name, path in known.get((entry.partition, entry.content), {}).items()
        if name not in manifest.overruled
    }
    return {name: _read(ledger, name, path) for name, path in paths.items()}


def _read(ledger: Ledger, name: str, path: str) -> Revocation:
    for data, _ in ledger.signed(path):
        found = Revocation.decode(data, f"ledger: {path}")
        if found.digest == name:
            return found
    raise CorruptError(f"ledger: {path} is the revocation of something else")
