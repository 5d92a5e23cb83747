"""The parts of one large partition, each made by itself before the partition is judged.

Their states go into the store, where whoever judges it finds them: so several processes share one
partition, and who watches sees how far it is.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from karat.compute import Compute, Processes
from karat.compute.chunk_tree import ChunkTree, Span
from karat.compute.row_groups import kept_index
from karat.flow.judged import Trial
from karat.lake.layout import Partition, dataset_path
from karat.store import DiskStore, Tiered
from karat.telemetry import INSIDE, Progress
from karat.verdicts import Subject

LARGE = 1 << 23
"""Rows to be read for which it is worth to start processes, or to tell of: seconds of work."""


class Piece(NamedTuple):
    """Some chunks of a partition, and how many rows they have."""

    partition: Partition
    part: Span
    rows: int

    def __str__(self) -> str:
        """Return it in words, for errors."""
        return f"{self.partition}, chunks {self.part.first} to {self.part.stop - 1}"


class Kept(NamedTuple):
    """Which process kept a part, and the compressed bytes it decoded of the partition by now."""

    process: int
    bytes_read: int


@dataclass(frozen=True)
class Keeper:
    """Keeps the states of parts of one partition; a process that is sent this opens it anew."""

    trial: Trial
    partition: Partition

    def __getstate__(self) -> dict[str, Any]:
        """Return what another process is sent."""
        return {"trial": self.trial, "partition": self.partition}

    def __call__(self, piece: Piece) -> Kept:
        """Keep the states of a part."""
        self._tree.keep(self._case.measures, piece.part)
        return Kept(os.getpid(), self._case.candidate.bytes_read)

    def pieces(self) -> Sequence[Piece]:
        """Return what there is to do; nothing where it is not worth it.

        That is: a few rows to be read, rows that were not named when they were put, or a verdict
        that is there.
        """
        trial = self.trial
        if not self._indexed():
            return []
        case = self._case
        if case.content.chunks is None or (not trial.afresh and trial.recorded(case)):
            return []
        lacking = self._tree.lacking(case.measures)
        worth = sum(lacking.values()) >= LARGE
        return [Piece(self.partition, *one) for one in lacking.items()] if worth else []

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


def keep_parts(trial: Trial, partition: Partition, compute: Compute, progress: Progress) -> int:
    """Have the states of a large partition's parts made; return the bytes decoded for it.

    None are made where processes would keep them in a store that they do not have together.
    """
    disk = trial.store.disk if isinstance(trial.store, Tiered) else trial.store
    if isinstance(compute, Processes) and not isinstance(disk, DiskStore):
        return 0
    keeper = Keeper(trial, partition)
    if not (pieces := keeper.pieces()):
        return 0
    read, done, rows = dict[int, int](), 0, sum(one.rows for one in pieces)
    for piece, kept in zip(pieces, compute.map(keeper, pieces), strict=True):
        read[kept.process] = max(kept.bytes_read, read.get(kept.process, 0))
        done += piece.rows
        progress(INSIDE, done, rows, str(piece), rows=done)
    return sum(read.values())
