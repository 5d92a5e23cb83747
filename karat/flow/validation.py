"""What judging gave: verdicts by partition, and what they cost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from karat.flow.known_verdicts import KnownVerdicts
from karat.lake import CommitId
from karat.lake.layout import Partition
from karat.verdicts import Outcome, Verdict, Waiver, worst
from karat.verdicts.root import RootVerdict


@dataclass(frozen=True)
class Validation:
    """Verdicts by partition, and what they cost.

    `root` names the contents of all judged partitions; `merged` are the distances of all of them
    together from golden, by name. `cached` verdicts were in the ledger already; `bytes_read` are
    compressed column bytes decoded, 0 when everything was known. `waivers` are those in force for
    partitions without a PASS: the gate may admit them, their outcomes stay. Verdicts that were
    known are read from the ledger when they are looked at. `level` is how thoroughly they were
    judged, `chosen` why so where a budget decided it. `root_verdict` is what all of them come to as
    one, as it is signed in the ledger; None for a single partition. `reread` are the columns that
    were read once more, where a threshold lies inside what golden's coarse cells certify.
    """

    ref: str
    commit: CommitId
    verdicts: Mapping[Partition, Verdict]
    cached: int
    bytes_read: int
    root: str
    merged: dict[str, tuple[Fraction, Fraction]]
    waivers: dict[Partition, Waiver] = field(default_factory=dict)
    level: str = ""
    chosen: str = ""
    root_verdict: RootVerdict | None = None
    reread: Mapping[Partition, Sequence[str]] = field(default_factory=dict)

    @property
    def outcome(self) -> Outcome:
        """Return the worst outcome; INCONCLUSIVE for no partition."""
        if isinstance(self.verdicts, KnownVerdicts):
            return worst(self.verdicts.outcomes())
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
            "reread": self.plain_reread(),
            "root": self.root,
            "root_verdict": self.plain_root(),
            "merged": {k: [float(low), float(high)] for k, (low, high) in self.merged.items()},
            "verdicts": {str(p): self.plain(p) for p in self.verdicts},
        }
        return json.dumps(body, indent=1)

    def plain_reread(self) -> dict[str, list[str]]:
        """Return the columns that were read once more by partition, as plain values."""
        return {str(one): [*columns] for one, columns in self.reread.items()}

    def plain_root(self) -> dict[str, Any] | None:
        """Return the verdict on all partitions as plain values, with its key; None for none."""
        root = self.root_verdict
        return None if root is None else root.body() | {"key": root.key}

    def plain(self, partition: Partition) -> dict[str, Any]:
        """Return a verdict as plain values, with its key and the waiver in force, None for none."""
        verdict, waiver = self.verdicts[partition], self.waivers.get(partition)
        told = None if waiver is None else waiver.plain()
        return verdict.body() | {"key": verdict.key, "waiver": told}
