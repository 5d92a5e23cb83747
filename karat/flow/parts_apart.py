"""The parts of one large partition, made by several processes before it is judged by one.

Each part's states go into the store, where whoever judges the partition finds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from karat.compute import Processes
from karat.compute.chunk_tree import ChunkTree, Span
from karat.compute.row_groups import kept_index
from karat.flow.judged import Trial
from karat.lake.layout import Partition, dataset_path
from karat.store import DiskStore, Tiered
from karat.verdicts import Subject

LARGE = 1 << 23
"""Rows to be read for which it is worth to start processes: some five seconds of work."""


class Piece(NamedTuple):
    """Some chunks of a partition."""

    partition: Partition
    part: Span

    def __str__(self) -> str:
        """Return it in words, for errors."""
        return f"{self.partition}, chunks {self.part.first} to {self.part.stop - 1}"


@dataclass(frozen=True)
class Keeper:
    """Keeps the states of parts of one partition; a process that is sent this opens it anew."""

    trial: Trial
    partition: Partition

    def __getstate__(self) -> dict[str, Any]:
        """Return what another process is sent."""
        return {"trial": self.trial, "partition": self.partition}

    def __call__(self, piece: Piece) -> int:
        """Keep the states of a part, and return the compressed bytes that were decoded for it."""
        reading = self._case.candidate
        before = reading.bytes_read
        self._tree.keep(self._case.measures, piece.part)
        return reading.bytes_read - before

    def pieces(self) -> Sequence[Piece]:
        """Return what there is to share; nothing where it is not worth it.

        That is: a few rows to be read, rows that were not named when they were put, a verdict that
        is there, or a store that processes do not have together.
        """
        trial = self.trial
        disk = trial.store.disk if isinstance(trial.store, Tiered) else trial.store
        if not isinstance(disk, DiskStore) or not self._indexed():
            return []
        case = self._case
        if case.content.chunks is None or (not trial.afresh and trial.recorded(case)):
            return []
        lacking = self._tree.lacking(case.measures)
        worth = sum(lacking.values()) >= LARGE
        return [Piece(self.partition, part) for part in lacking] if worth else []

    def _indexed(self) -> bool:
        trial = self.trial
        day = self.partition
        path = dataset_path(trial.contract.dataset, day.instrument, day.date)
        return kept_index(trial.store, trial.lake.stat(trial.commit, path).content_hash) is not None

    @cached_property
    def _case(self) -> Subject:
        return self.trial.case(self.partition)

    @cached_property
    def _tree(self) -> ChunkTree:
        case, store = self._case, self.trial.store
        if case.content.chunks is None:
            raise ValueError(f"{self.partition} has one chunk")
        return ChunkTree(case.content.chunks, case.candidate.rows(store), store)


def keep_parts(trial: Trial, partition: Partition, processes: Processes) -> int:
    """Have `processes` make the states of a large partition's parts; return the bytes decoded."""
    keeper = Keeper(trial, partition)
    return sum(processes.map(keeper, keeper.pieces()))
