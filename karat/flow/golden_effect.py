"""What another golden manifest would change, told before anyone adopts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from karat.compute import Compute, Serial
from karat.contracts import Contract
from karat.flow.judged import Trial
from karat.golden import GoldenManifest
from karat.lake import Lake
from karat.lake.layout import MAIN, Partition
from karat.store import Store
from karat.telemetry import Progress, silent
from karat.verdicts import Finding, Verdict
from karat.verdicts.lineage import files


@dataclass(frozen=True, slots=True)
class Changed:
    """One published partition under two golden manifests.

    `findings` are those of golden days whose outcome differs, by name: before and after, None
    where only one of the two knows the distance.
    """

    partition: Partition
    before: Verdict
    after: Verdict

    @property
    def outcome(self) -> bool:
        """Whether the outcome itself differs: whether the gate would answer otherwise."""
        return self.before.outcome is not self.after.outcome

    @property
    def findings(self) -> dict[str, tuple[Finding | None, Finding | None]]:
        """The findings against golden days whose outcome differs."""
        old, new = _unpaired(self.before), _unpaired(self.after)
        pairs = {name: (old.get(name), new.get(name)) for name in (old | new)}
        return {name: pair for name, pair in pairs.items() if _told(pair[0]) != _told(pair[1])}

    def plain(self) -> dict[str, Any]:
        """Return the change as plain values."""
        return {
            "before": str(self.before.outcome),
            "after": str(self.after.outcome),
            "why": self.after.failures,
            "findings": {
                name: {
                    "before": _told(old),
                    "after": _told(new),
                    "reason": new.reason if new else "",
                }
                for name, (old, new) in self.findings.items()
            },
        }


@dataclass(frozen=True)
class Effect:
    """What was judged, what of it would change, and the bytes of columns decoded to know."""

    judged: int
    changed: tuple[Changed, ...]
    bytes_read: int

    @property
    def outcomes(self) -> list[Changed]:
        """The partitions whose outcome would change."""
        return [one for one in self.changed if one.outcome]


def would_change(
    lake: Lake,
    contract: Contract,
    golden: GoldenManifest | None,
    *,
    instead_of: GoldenManifest | None,
    store: Store,
    compute: Compute | None = None,
    progress: Progress = silent,
) -> Effect:
    """Return how the published partitions would be judged by `golden`; nothing is recorded.

    `instead_of` is what they are judged by today, None for no golden at all. States are found in
    `store`, or computed and kept there: only new cells cost a read.
    """
    head = lake.head(MAIN)
    partitions = [p for p, _ in files(lake, head, f"{contract.dataset}/")]
    both = _Both(*(Trial(lake, contract, head, head, one, store) for one in (instead_of, golden)))
    found = []
    for at, done in enumerate((compute or Serial()).map(both, partitions), start=1):
        found.append(done)
        progress("judge by both", at, len(partitions), str(partitions[at - 1]))
    changed = tuple(one for one, _ in found if one.outcome or one.findings)
    return Effect(len(found), changed, sum(read for _, read in found))


@dataclass(frozen=True)
class _Both:
    """Judges a partition by both manifests, here or in another process."""

    before: Trial
    after: Trial

    def __call__(self, partition: Partition) -> tuple[Changed, int]:
        """Return both verdicts, and the bytes that were read for them."""
        old, new = self.before.judge(partition), self.after.judge(partition)
        return Changed(partition, old.verdict, new.verdict), old.bytes_read + new.bytes_read


def _unpaired(verdict: Verdict) -> dict[str, Finding]:
    return {f.name: f for f in verdict.findings if f.family == "unpaired"}


def _told(finding: Finding | None) -> str | None:
    return None if finding is None else str(finding.outcome)
