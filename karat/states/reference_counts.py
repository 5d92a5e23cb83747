"""Counts of rows in the golden's own cells: what two-sample distances need, ties included.

Theorems 1 and 2 of the statistics note. Between points p_1 < ... < p_k of the golden the line is
2k + 1 cells in order: the gap below p_1, p_1, the gap to p_2, ..., p_k, the gap above. With every
distinct golden value as a point, distances are exact; with chosen points, each open gap holds at
most one part in `cells` of the golden, and distances are certain to within that share.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from karat.digest import digest
from karat.errors import CorruptError, InputError
from karat.states import counts as sparse
from karat.states.columns import Column, complete, dense, held
from karat.states.counts import Counts
from karat.states.encoding import Int64s, Reader, Writer
from karat.states.kernels import pays
from karat.states.kernels.cell_table import CellTable
from karat.states.piecewise import piecewise, plain
from karat.states.scratch import lent, room
from karat.states.whole_number import check_whole

CELLS_PER_ROW = 1
"""With more cells a row, sorting the rows takes less than clearing and reading all the cells."""

TIED = 8
"""Where one golden row in so many is a point, values are not placed by their bucket alone."""


@dataclass(frozen=True, eq=False)
class ReferenceCounts:
    """Counts in the cells between `points` of a golden column.

    Parameters
    ----------
    points
        Ascending int64 or float64 values, k of them; none for a golden without values.
    golden
        How many golden rows are in each of the 2k + 1 cells.
    """

    points: NDArray[Any]
    golden: Int64s
    name: ClassVar[str] = "reference_counts"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = False

    @classmethod
    def from_golden(cls, values: Column, cells: int | None = 4096) -> ReferenceCounts:
        """Return the statistic whose cells come from a golden column; nulls and NaN are left out.

        `cells` is the most points to keep; None keeps every distinct value, and so does a golden
        that has no more of them. -0.0 is 0.0. Raises `InputError` unless `cells` is a whole
        number from 1 on.
        """
        present = dense(values).values
        # 0.0 + -0.0 is 0.0: equal goldens must have equal bytes.
        points, at = np.unique(present + present.dtype.type(0), return_counts=True)
        golden = np.zeros(2 * points.size + 1, np.int64)
        golden[1::2] = at
        full = cls(points, golden)
        return full if cells is None else full.coarser(cells)

    def coarser(self, cells: int) -> ReferenceCounts:
        """Return the statistic with at most `cells` points of this one.

        Points are chosen from below, each the first with more than one part in `cells` of the
        golden since the point before, so every open gap between two holds no more than that.
        """
        cells = check_whole(cells, "cells")
        if cells < 1:
            raise InputError(f"cells is {cells}: at least 1 is needed, or None for all values")
        if self.points.size <= cells:
            return self
        return self.with_points(self._cuts(self.rows // cells + 1))

    def with_points(self, kept: Int64s) -> ReferenceCounts:
        """Return the statistic with the points of these places alone, which ascend."""
        ends = self.cumulative[2 * kept + 1]
        golden = np.zeros(2 * kept.size + 1, np.int64)
        golden[1::2] = self.golden[2 * kept + 1]
        golden[::2] = np.diff(np.append(0, np.append(ends, self.rows)))
        golden[:-1:2] -= golden[1::2]
        return ReferenceCounts(self.points[kept], golden)

    @cached_property
    def rows(self) -> int:
        """Number of golden rows with a value."""
        return int(self.golden.sum())

    @cached_property
    def cumulative(self) -> Int64s:
        """Golden rows in each cell and all cells below it, 2k + 1 of them."""
        return np.cumsum(self.golden, dtype=np.int64)

    @cached_property
    def compact(self) -> NDArray[Any]:
        """`cumulative` in half of the memory, where it fits: long passes wait for memory."""
        fits = self.rows <= np.iinfo(np.uint32).max
        return self.cumulative.astype(np.uint32) if fits else self.cumulative

    @cached_property
    def table(self) -> CellTable:
        """Where to look for a value among the points, of which there must be one."""
        return CellTable.of(self.points)

    @cached_property
    def cells_digest(self) -> str:
        """Digest of the cells and of the golden's own counts."""
        kind = self.points.dtype.name
        return digest("cells/1", kind, _little(self.points), _little(self.golden))

    def key(self) -> str:
        """Return the digest of name, version and cells."""
        return digest("statistic/1", self.name, self.version, self.cells_digest)

    @cached_property
    def sent_as(self) -> tuple[Any, ...]:
        """What makes them in another process, and of what: all of them, unless they lie in a file.

        What was made of them before does not go with them.
        """
        return type(self), tuple(vars(self)[field.name] for field in fields(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return self.sent_as

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ReferenceCounts) and self.cells_digest == other.cells_digest

    def __hash__(self) -> int:
        return hash(self.cells_digest)

    def empty(self) -> Counts:
        """Return the state of no rows."""
        return sparse.NONE

    @piecewise(26, lambda stat, values: plain(stat, values) or complete(values))
    def observe(self, values: Column) -> Counts:
        """Return the counts of a column's rows in these cells; null and NaN are counted apart.

        Raises `InputError` when golden and column are not both integers or both floats.
        """
        present, nulls = held(values)
        if not present.size:
            return Counts(sparse.NONE.cells, sparse.NONE.counts, nulls)
        if self.points.size and present.dtype != self.points.dtype:
            raise InputError(f"golden is {self.points.dtype}, rows are {present.dtype}: cast one")
        if self.points.size and pays(present.size):
            return self._compiled(present, nulls)
        ordered = np.sort(present)
        # The smaller of two sorted lists is looked up in the larger; both ways count the same.
        if self.points.size < ordered.size:
            return sparse.of_dense(self._by_points(ordered), nulls)
        return sparse.count_cells(self._by_rows(ordered), nulls)

    def merge(self, a: Counts, b: Counts) -> Counts:
        """Return the counts of the rows of both."""
        return sparse.add(a, b)

    def subtract(self, a: Counts, b: Counts) -> Counts:
        """Return the counts of `a` without the rows of `b`; `InputError` when `a` lacks some."""
        return sparse.subtract(a, b)

    def check(self, state: Counts) -> None:
        """Raise `InputError` for a state with cells that are not here: it is of another golden."""
        if state.cells.size and state.cells[-1] >= self.golden.size:
            raise InputError(
                f"a state with rows in cell {state.cells[-1]} is none of these "
                f"{self.golden.size} cells: observe its rows with this statistic"
            )

    def coarsen(self, state: Counts, coarse: ReferenceCounts) -> Counts:
        """Return `state` of this statistic as a state of `coarse`, whose points are among ours.

        A linear map: it may be applied before or after merging. Raises `InputError` when `coarse`
        has a point that this statistic has not, or `state` a cell.
        """
        self.check(state)
        at = np.searchsorted(self.points, coarse.points)
        if (at >= self.points.size).any() or (self.points[at] != coarse.points).any():
            raise InputError("the coarse cells are not made of these: make them with coarser()")
        cut = 2 * at + 1
        cells = np.searchsorted(cut, state.cells) + np.searchsorted(cut, state.cells, "right")
        return sparse.regroup(cells.astype(np.int64), state.counts, state.nulls)

    def encode(self, state: Counts) -> bytes:
        """Return the bytes of a state."""
        return sparse.encode(state, self.version)

    def decode(self, data: bytes) -> Counts:
        """Return the state of these bytes; `CorruptError` when they are none for these cells."""
        state = sparse.decode(data, self.version, self.name)
        if state.cells.size and not (state.cells[0] >= 0 and state.cells[-1] < self.golden.size):
            raise CorruptError(f"{self.name}: a state of other cells; compute it again")
        return state

    def to_bytes(self) -> bytes:
        """Return the bytes of the statistic itself, for a golden manifest."""
        kind = self.points.dtype.name
        writer = Writer(self.version).text(kind).array(self.points.view(np.int64), ascending=True)
        return writer.array(self.golden).data()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the statistic of these bytes; `CorruptError` when they are none."""
        reader = Reader(data, cls.version, "golden cells")
        kind = reader.text()
        points, golden = reader.array(ascending=True), reader.array()
        reader.end()
        if kind not in ("int64", "float64") or golden.size != 2 * points.size + 1:
            raise CorruptError("golden cells: points and counts do not belong together")
        return cls(points.view(kind), golden)

    def _cuts(self, step: int) -> Int64s:
        ends, found = self.cumulative[1::2], []
        at = int(ends.searchsorted(step))
        while at < ends.size:
            found.append(at)
            at = int(ends.searchsorted(ends[at] + step))
        return np.array(found, np.int64)

    @cached_property
    def tied(self) -> bool:
        """Whether many golden rows, and so maybe many others, are points themselves."""
        return int(self.golden[1::2].sum()) * TIED > self.rows

    def _compiled(self, present: NDArray[Any], nulls: int) -> Counts:
        if self.golden.size <= CELLS_PER_ROW * present.size:
            return sparse.of_dense(self.table.counts(present, tied=self.tied), nulls)
        with lent():
            ordered = room(present.size).view(present.dtype)
            ordered[:] = present
            ordered.sort()
            return Counts(*self.table.runs(ordered), nulls)

    def _by_points(self, ordered: NDArray[Any]) -> Int64s:
        below = np.empty(2 * self.points.size + 2, np.int64)
        below[0], below[-1] = 0, ordered.size
        below[1:-1:2] = np.searchsorted(ordered, self.points, "left")
        below[2:-1:2] = np.searchsorted(ordered, self.points, "right")
        return np.diff(below)

    def _by_rows(self, ordered: NDArray[Any]) -> Int64s:
        at = np.searchsorted(self.points, ordered)
        hit = self.points[np.minimum(at, self.points.size - 1)] == ordered
        cells: Int64s = 2 * at.astype(np.int64) + hit
        return cells


def _little(values: NDArray[Any]) -> bytes:
    return values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()
