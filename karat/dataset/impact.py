"""What a partition ever went into: datasets that name it, and runs and models that read them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from karat.dataset.allowance import still_revoked
from karat.dataset.manifest import Entry, Manifest
from karat.dataset.readings import Reading, readings
from karat.dataset.refusing import refusals
from karat.dataset.revocation import recorded
from karat.dataset.tagged import tagged
from karat.lake import Lake
from karat.lake.layout import Partition
from karat.telemetry import Clock, now_s
from karat.verdicts import Ledger


@dataclass(frozen=True, slots=True)
class Touched:
    """A training dataset that names the partition, and who read it.

    `against` says why it is refused now, all of it; "" where it is not.
    """

    manifest: Manifest
    entry: Entry
    against: str
    readings: tuple[Reading, ...]

    @property
    def runs(self) -> list[str]:
        """Return the runs that read it, each once."""
        return sorted({one.run for one in self.readings})

    @property
    def models(self) -> list[str]:
        """Return where the models are that came of it, each once."""
        return sorted({one.model for one in self.readings if one.model})

    def plain(self) -> dict[str, Any]:
        """Return it as plain values."""
        of = self.manifest
        return {
            "dataset": of.title,
            "manifest": of.digest,
            "of": of.dataset,
            "content": self.entry.content,
            "part": self.entry.part,
            "refused": self.against,
            "runs": self.runs,
            "models": self.models,
        }


def impact(
    lake: Lake, partition: Partition, *, content: str = "", clock: Clock = now_s
) -> list[Touched]:
    """Return what went from a partition into training, by dataset and version.

    Those of every dataset with a partition of that name: rows made of others bear the same name.
    `content` (the first digits of a digest) leaves out what held other values. A reading of the
    part that does not name the partition is none.
    """
    ledger, found = Ledger(lake), list[Touched]()
    for one in tagged(lake):
        entry = one.manifest.by_partition.get(str(partition))
        if entry is None or not entry.content.startswith(content):
            continue
        against = refusals(ledger, one, clock())
        why = "; ".join(f"{where}: {told}" if where else told for where, told in against.items())
        own = (
            reading for reading in readings(ledger, one.manifest)
            if reading.part in {"", entry.part} and reading.manifest == one.manifest.digest
        )  # fmt: skip
        found.append(Touched(one.manifest, entry, why, tuple(own)))
    return found


def refused_for(
    lake: Lake, dataset: str, contents: Collection[tuple[str, str]]
) -> dict[str, list[str]]:
    """Return the datasets that are refused because one of `contents` was revoked, and for which.

    `contents` are partitions of `dataset` with the digests of what they hold. Manifests are read
    only where one of them was revoked at all.
    """
    ledger, found = Ledger(lake), dict[str, list[str]]()
    known = recorded(ledger, dataset)
    if known.keys().isdisjoint(contents):
        return {}
    for one in tagged(lake):
        manifest = one.manifest
        held = {(entry.partition, entry.content) for entry in manifest.entries}
        names = sorted(name for name, _ in held.intersection(contents) & known.keys())
        if manifest.dataset == dataset and names and still_revoked(ledger, manifest):
            found[manifest.title] = names
    return found
