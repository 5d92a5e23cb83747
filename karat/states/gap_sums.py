"""Counts in the golden's cells and the sums of what lies in open ones: what Wasserstein-1 needs.

Between two points the distance between two distribution functions is an area, and the sum of the
rows there gives that area whatever their places (statistics note, section 2, GapSums).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from karat.digest import digest
from karat.errors import CorruptError, InputError
from karat.states import counts as sparse
from karat.states.columns import Column, dense
from karat.states.counts import Counts
from karat.states.encoding import Int64s, Reader, Writer
from karat.states.piecewise import piecewise, plain
from karat.states.reference_counts import ReferenceCounts
from karat.states.scratch import lent, room
from karat.states.wide_sums import LOW, WideSums


@dataclass(frozen=True)
class GapSumsState:
    """`counts` by cell, and for each open cell among them, in order, the sum of its rows."""

    counts: Counts
    sums: WideSums

    @property
    def rows(self) -> int:
        """Number of rows with a value."""
        return self.counts.rows

    @property
    def open_cells(self) -> Int64s:
        """The open cells that hold rows; cell 2i lies below point i."""
        cells = self.counts.cells
        found: Int64s = cells[cells % 2 == 0]
        return found


@dataclass(frozen=True)
class GapSums:
    """Counts in `cells` of an integer golden and sums in the open ones; they add and subtract.

    >>> stat = GapSums(ReferenceCounts.from_golden(np.array([0, 10])))
    >>> stat.observe(np.array([0, 3, 4, 50])).sums.whole().tolist()
    [7, 50]
    """

    cells: ReferenceCounts
    name: ClassVar[str] = "gap_sums"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = False

    def key(self) -> str:
        """Return the digest of name, version and cells."""
        return digest("statistic/1", self.name, self.version, self.cells.cells_digest)

    def empty(self) -> GapSumsState:
        """Return the state of no rows."""
        return GapSumsState(sparse.NONE, WideSums(sparse.NONE.cells, sparse.NONE.cells))

    @piecewise(48, plain)
    def observe(self, values: Column) -> GapSumsState:
        """Return the state of an integer column; nulls are counted apart.

        Raises `InputError` for floats, in the golden or in the column.
        """
        present, valid = dense(values)
        nulls = valid.size - present.size
        if not present.size:
            none = self.empty()
            return GapSumsState(Counts(none.counts.cells, none.counts.counts, nulls), none.sums)
        if "f" in (present.dtype.kind, self.cells.points.dtype.kind):
            raise InputError("sums are of integers, golden or this column holds floats: cast it")
        with lent():
            ordered = room(present.size)
            ordered[:] = present
            ordered.sort()
            inner = self.cells.observe(ordered)
            starts = np.cumsum(inner.counts) - inner.counts
            sums = WideSums.of_runs(ordered, starts).take(inner.cells % 2 == 0)
        return GapSumsState(Counts(inner.cells, inner.counts, nulls), sums)

    def merge(self, a: GapSumsState, b: GapSumsState) -> GapSumsState:
        """Return the state of the rows of both."""
        return _plus(sparse.add(a.counts, b.counts), a, b, 1)

    def subtract(self, a: GapSumsState, b: GapSumsState) -> GapSumsState:
        """Return the state of `a` without the rows of `b`; `InputError` when `a` lacks some."""
        return _plus(sparse.subtract(a.counts, b.counts), a, b, -1)

    def coarsen(self, state: GapSumsState, coarse: GapSums) -> GapSumsState:
        """Return `state` as one of `coarse`, whose points are among ours: a linear map.

        Raises `InputError` when `coarse` has a point that this statistic has not.
        """
        counts = self.cells.coarsen(state.counts, coarse.cells)
        cells = state.counts.cells
        cut = 2 * np.searchsorted(self.cells.points, coarse.cells.points) + 1
        moved = sum(np.searchsorted(cut, cells, side) for side in ("left", "right"))
        chosen = np.flatnonzero(np.asarray(moved) % 2 == 0)
        sums = WideSums.of_whole(self._totals(state)[chosen])
        _, grouped = WideSums.grouped(np.asarray(moved)[chosen], sums.high, sums.low)
        return GapSumsState(counts, grouped)

    def encode(self, state: GapSumsState) -> bytes:
        """Return the bytes of a state."""
        writer = Writer(self.version).nested(sparse.encode(state.counts, self.version))
        return writer.array(state.sums.high).array(state.sums.low).data()

    def decode(self, data: bytes) -> GapSumsState:
        """Return the state of these bytes; `CorruptError` when they are none for these cells."""
        reader = Reader(data, self.version, self.name)
        counts = self.cells.decode(reader.nested())
        state = GapSumsState(counts, WideSums(reader.array(), reader.array()))
        reader.end()
        sums = state.sums
        fits = state.open_cells.size == sums.high.size == sums.low.size
        if not fits or ((sums.low < 0) | (sums.low > LOW)).any():
            raise CorruptError(f"{self.name}: sums and cells do not belong together")
        return state

    def _totals(self, state: GapSumsState) -> NDArray[Any]:
        """Return the sum of the rows of each cell with rows."""
        cells, counts = state.counts.cells, state.counts.counts
        points = cells % 2 == 1
        totals = np.empty(cells.size, object)
        totals[~points] = state.sums.whole()
        totals[points] = self.cells.points[cells[points] // 2].astype(object) * counts[points]
        return totals


def _plus(counts: Counts, a: GapSumsState, b: GapSumsState, sign: int) -> GapSumsState:
    cells = np.append(a.open_cells, b.open_cells)
    parts = ((a.sums.high, b.sums.high), (a.sums.low, b.sums.low))
    high, low = (np.append(one, sign * other) for one, other in parts)
    grouped, sums = WideSums.grouped(cells, high, low)
    return GapSumsState(counts, sums.take(np.isin(grouped, counts.cells)))
