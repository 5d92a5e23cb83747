"""A dataset as Dagster knows it: a contract, and what its assets, checks and jobs are called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import dagster as dg

from karat.assets.partitions import INSTRUMENT, partitions_of
from karat.contracts import Contract
from karat.lake.layout import Partition
from karat.resources import Connection, LakeResource

FIRST = {
    "source": "raw_messages",
    "golden": "golden_reference",
    "rebuilt": "book_events",
    "published": "published_events",
    "training_inputs": "training_inputs",
    "training_dataset": "training_dataset",
    "trained_policy": "trained_policy",
    "attribution": "attribution",
}
"""The assets of the first dataset; those of others are `<dataset>/source` and so on."""


@dataclass(frozen=True)
class Dataset:
    """A contract, and the file it came from, which is read again by every run.

    Without a `file` it is the first dataset, whose contract the lake resource names.
    """

    contract: Contract
    file: str | None = None

    @property
    def name(self) -> str:
        """Return the dataset's name in the lake."""
        return self.contract.dataset

    @property
    def group(self) -> str:
        """Return the group its assets are shown in."""
        return self.name if self.file else "flow"

    def key(self, what: str) -> dg.AssetKey:
        """Return the key of one of its assets, by what `FIRST` calls it."""
        return dg.AssetKey([self.name, what]) if self.file else dg.AssetKey(FIRST[what])

    def called(self, what: str) -> str:
        """Return the name of a job, a sensor or an op; those of the first dataset stay short."""
        return f"{self.name}_{what}" if self.file else what

    @property
    def trains(self) -> bool:
        """Return whether its rows are steps that an agent learns from."""
        return self.contract.episodes is not None

    @property
    def instruments(self) -> str:
        """Return the name under which Dagster keeps its instruments."""
        return self.called(INSTRUMENT)

    @cached_property
    def partitions(self) -> dg.MultiPartitionsDefinition:
        """Return every day from the contract's first one on, of every instrument."""
        return partitions_of(self.contract, self.instruments)

    def connect(self, lake: LakeResource) -> Connection:
        """Open the lake, and the contract as it is now; errors as `LakeResource.connect`."""
        return lake.connect(self.file)

    def register(self, instance: dg.DagsterInstance, partitions: Iterable[Partition]) -> None:
        """Make the instruments of `partitions` known to Dagster; known ones are left alone."""
        names = sorted({partition.instrument for partition in partitions})
        if names:
            instance.add_dynamic_partitions(self.instruments, names)
