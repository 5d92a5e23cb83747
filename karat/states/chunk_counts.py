"""Counts in golden cells, stretch of the clock by stretch: where in a day its rows differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from karat.digest import digest
from karat.errors import CorruptError, InputError
from karat.states import counts as sparse
from karat.states.block_runs import block_runs, counts_by_block, few_blocks
from karat.states.columns import Column, filled
from karat.states.counts import Counts
from karat.states.encoding import Int64s
from karat.states.kernels import pays
from karat.states.piecewise import piecewise
from karat.states.reference_counts import ReferenceCounts
from karat.states.scratch import lent
from karat.states.whole_number import check_whole

DENSE = 1 << 22
"""The most cells of all stretches that are counted in one array."""


class Chunks(NamedTuple):
    """Stretches of time that hold rows: when each begins (B,), its counts by cell (B, cells)."""

    starts: Int64s
    counts: Int64s


@dataclass(frozen=True)
class ChunkCounts:
    """Rows by stretch of `width` on the clock and by cell of a golden.

    A stretch is the rows whose time divided by `width` has one whole part. Rows without a time or
    a value are left out. The cells of a state are those of the golden, 2k + 1 for each stretch.
    Raises `InputError` for a width below twice the number of cells: no state could number them.
    """

    cells: ReferenceCounts
    width: int
    name: ClassVar[str] = "chunk_counts"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if check_whole(self.width, "width") < 2 * self.cells.golden.size:
            least = 2 * self.cells.golden.size
            raise InputError(f"chunks are {self.width} wide: at least {least} is needed")

    def key(self) -> str:
        """Return the digest of name, version, cells and width."""
        parts = self.cells.cells_digest, self.width
        return digest("statistic/1", self.name, self.version, *parts)

    def empty(self) -> Counts:
        """Return the state of no rows."""
        return sparse.NONE

    @piecewise(256, few_blocks)
    def observe(self, time: Column, values: Column) -> Counts:
        """Return the counts of a column's rows by stretch and cell.

        Raises `InputError` for columns of unequal length, a time that is a float, or when golden
        and column are not both integers or both floats.
        """
        clock, column = filled(time), filled(values)
        if clock.values.size != column.values.size:
            raise InputError(f"{clock.values.size} times for {column.values.size} values")
        times, present = clock.values, column.values
        if not (clock.valid.all() and column.valid.all()):
            there = clock.valid & column.valid
            times, present = times[there], present[there]
        if not present.size:
            return sparse.NONE
        points = self.cells.points
        if times.dtype.kind != "i":
            raise InputError("the time holds floats: cast it to int64, in ns")
        if points.size and present.dtype != points.dtype:
            raise InputError(f"golden is {points.dtype}, rows are {present.dtype}: cast one")
        with lent():
            return self._counted(times, present)

    def merge(self, a: Counts, b: Counts) -> Counts:
        """Return the counts of the rows of both."""
        return sparse.add(a, b)

    def subtract(self, a: Counts, b: Counts) -> Counts:
        """Return the counts of `a` without the rows of `b`; `InputError` when `a` lacks some."""
        return sparse.subtract(a, b)

    def chunks(self, state: Counts) -> Chunks:
        """Return the stretches of a state, in the order of time."""
        cells = self.cells.golden.size
        stretches, at = np.unique(state.cells // cells, return_inverse=True)
        counts = np.zeros((stretches.size, cells), np.int64)
        counts[at, state.cells % cells] = state.counts
        return Chunks(stretches * self.width, counts)

    def whole(self, state: Counts) -> Counts:
        """Return the counts of all stretches together, a state of `cells`."""
        return sparse.regroup(state.cells % self.cells.golden.size, state.counts, 0)

    def widened(self, state: Counts, times: int) -> Counts:
        """Return the state that stretches `times` as wide would give."""
        cells = self.cells.golden.size
        stretch, cell = state.cells // cells, state.cells % cells
        return sparse.regroup(stretch // times * cells + cell, state.counts, 0)

    def encode(self, state: Counts) -> bytes:
        """Return the bytes of a state."""
        return sparse.encode(state, self.version)

    def decode(self, data: bytes) -> Counts:
        """Return the state of these bytes; `CorruptError` when they are none."""
        state = sparse.decode(data, self.version, self.name)
        if state.nulls:
            raise CorruptError(f"{self.name}: rows without a value in a state; compute it again")
        return state

    def _counted(self, times: Int64s, present: NDArray[Any]) -> Counts:
        cells = self.cells.golden.size
        buckets, edges = block_runs(times, self.width)
        if not self.counted_at_once(buckets):
            return self._sorted(times, present)
        return self.of_counts(buckets, counts_by_block(edges, self._cells(present), cells))

    def of_counts(self, buckets: Int64s, by_cell: Int64s) -> Counts:
        """Return the state of stretches, one at least: the bucket of each, its counts by cell."""
        cells, first = self.cells.golden.size, int(buckets.min())
        counts = np.zeros((int(buckets.max()) - first + 1, cells), np.int64)
        np.add.at(counts, buckets - first, by_cell)
        found = counts.reshape(-1)
        held = np.flatnonzero(found)
        return Counts(held + first * cells, found[held], 0)

    def counted_at_once(self, buckets: Int64s) -> bool:
        """Return whether the counts of stretches in these buckets are made in one array."""
        stretches = int(buckets.max()) - int(buckets.min()) + 1
        return max(stretches, buckets.size) * self.cells.golden.size <= DENSE

    def _sorted(self, times: Int64s, present: NDArray[Any]) -> Counts:
        at = times // self.width * self.cells.golden.size + self._cells(present)
        return sparse.count_cells(np.sort(at, kind="stable"), 0)

    def _cells(self, present: NDArray[Any]) -> Int64s:
        points = self.cells.points
        if points.size and pays(present.size):
            return self.cells.table.locate(present)
        below = np.searchsorted(points, present).astype(np.int64)
        return below + np.searchsorted(points, present, "right")
