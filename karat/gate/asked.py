"""What the gate is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from karat.lake import CommitId

EXPECTED = "expected-head"
"""The key of a merge's metadata that says on top of which commit it was judged before."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A merge commit that is not on its branch yet, and what was said with it.

    `source` is the commit that is merged, "" where nobody said; `metadata` that of the merge.
    """

    commit: CommitId
    source: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether main may go to `commit`: there is nothing in `reasons`, by partition or path.

    `root` is the worst outcome of the changed partitions, "" for none; `waived` names the waiver
    of each that has no PASS. Time in seconds: `judging_s` is without the `calls` to the lake.
    """

    commit: CommitId
    head: CommitId
    partitions: int
    root: str
    reasons: Mapping[str, str]
    waived: Mapping[str, str]
    judging_s: float
    lake_s: float
    calls: int

    @property
    def admitted(self) -> bool:
        """Return whether there is nothing against it."""
        return not self.reasons

    def plain(self) -> dict[str, Any]:
        """Return the answer as plain values, the same each time the same is asked."""
        return {
            "allow": self.admitted,
            "commit": self.commit,
            "head": self.head,
            "partitions": self.partitions,
            "root": self.root,
            "waived": dict(self.waived),
            "reasons": dict(self.reasons),
        }
