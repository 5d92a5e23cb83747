"""Values of a column placed once, from which all that count them in cells take their counts.

Values near each other stand for themselves, each a cell of its own. Others are placed among the
points of a golden: whoever has some of these points has cells that are made of these.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from karat.states import counts as sparse
from karat.states.categories import SHORT, Categories, counts_near
from karat.states.chunk_counts import ChunkCounts
from karat.states.counts import Counts
from karat.states.effective_rows import EffectiveRows
from karat.states.encoding import Int64s
from karat.states.reference_counts import ReferenceCounts
from karat.states.time_runs import Runs

SPARSE = 4
"""Values with more than one cell for so many rows are not near each other."""


@dataclass(frozen=True, eq=False)
class Placed:
    """The cell of each row, from `least` on, of `reach` cells in their order.

    They are those of `golden`, where there is one, and else the values themselves.
    """

    cells: Int64s
    least: int
    reach: int
    golden: ReferenceCounts | None = None

    @cached_property
    def counts(self) -> Int64s:
        """How many rows are in each cell."""
        return counts_near(self.cells, self.least, self.reach)

    def state(self, statistic: Any, runs: Runs | None = None) -> Any:
        """Return the state of a statistic that counts rows in cells; None where it must alone.

        `runs` are the stretches of time it counts by, if it does.
        """
        if isinstance(statistic, Categories):
            return None if self.golden else _held(self.counts, self.least)
        wanted = statistic if isinstance(statistic, ReferenceCounts) else statistic.cells
        if (into := self._into(wanted)) is None:
            return None
        if runs is None:
            return sparse.regroup(into, self.counts, 0)
        return self._by_time(statistic, runs, into)

    def _by_time(self, statistic: EffectiveRows | ChunkCounts, runs: Runs, into: Int64s) -> Any:
        if isinstance(statistic, EffectiveRows):
            if not statistic.counted_at_once(runs.buckets.size):
                return None
            # Point i is cell 2 i + 1, the gap below it 2 i: this tells how many points are below.
            below = self._spread(runs, into >> 1, statistic.cells.points.size + 1)
            return statistic.of_counts(*runs, below)
        if not statistic.counted_at_once(runs.buckets):
            return None
        return statistic.of_counts(
            runs.buckets, self._spread(runs, into, statistic.cells.golden.size)
        )

    def _into(self, wanted: ReferenceCounts) -> Int64s | None:
        """Return which cell of `wanted` each of ours lies in; None where one lies in several."""
        if self.golden is not None:
            return cells_in(self.golden, wanted)
        if not wanted.points.size:
            return np.zeros(self.reach, np.int64)
        if wanted.points.dtype != np.int64:
            return None
        return wanted.table.locate(self.least + np.arange(self.reach))

    def _spread(self, runs: Runs, into: Int64s, cells: int) -> Int64s:
        from karat.states.kernels import block_kernel

        counts = np.zeros((runs.buckets.size, cells), np.int64)
        block_kernel.spread(self.cells, self.least, into, runs.edges, counts)
        return counts


def placed(values: Int64s, statistics: Iterable[Any]) -> Placed | None:
    """Return values, one at least, placed for the statistics that count them; None if none can."""
    asked = list(statistics)
    least, most = int(values.min()), int(values.max())
    by_value = any(isinstance(one, Categories) for one in asked)
    if most - least < (values.size // SPARSE if by_value else SHORT):
        return Placed(values, least, most - least + 1)
    golden = [one for one in asked if isinstance(one, ReferenceCounts)]
    finest = max(golden, key=lambda one: one.points.size, default=None)
    if finest is None or not finest.points.size or finest.points.dtype != values.dtype:
        return None
    return Placed(finest.table.locate(values), 0, finest.golden.size, finest)


@lru_cache(maxsize=256)
def cells_in(fine: ReferenceCounts, coarse: ReferenceCounts) -> Int64s | None:
    """Return which cell of `coarse` each of `fine` lies in; None where `fine` lacks a point.

    Shape (2k + 1,) for k points of `fine`.
    """
    if coarse.points.size and coarse.points.dtype != fine.points.dtype:
        return None
    at = np.searchsorted(fine.points, coarse.points)
    if (at >= fine.points.size).any() or (fine.points[at] != coarse.points).any():
        return None
    cut, cells = 2 * at + 1, np.arange(fine.golden.size)
    into: Int64s = np.searchsorted(cut, cells) + np.searchsorted(cut, cells, "right")
    return into.astype(np.int64, copy=False)


def _held(counts: Int64s, least: int) -> Counts:
    cells = np.flatnonzero(counts).astype(np.int64, copy=False)
    return Counts(cells + least, counts[cells], 0)
