"""Coarse golden cells with some of them divided again by every golden value inside.

Only where a certified distance leaves a question open do the golden's own values matter (statistics
note, Theorem 3). The result is a statistic like any other: it observes, merges and has a key.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat.errors import InputError
from karat.states import counts as sparse
from karat.states.counts import Counts
from karat.states.encoding import Int64s
from karat.states.kernels.cell_direct import DirectTable
from karat.states.kernels.cell_table import CellTable
from karat.states.reference_counts import ReferenceCounts
from karat.states.scratch import lent, room


@dataclass(frozen=True, eq=False)
class RefinedCounts(ReferenceCounts):
    """Counts in `coarse` cells, of which some open ones, `divided`, are as fine as golden is.

    Rows outside of these are placed by the coarse cells' own table: only the others are sorted.
    """

    coarse: ReferenceCounts
    divided: Int64s

    @cached_property
    def _sure(self) -> DirectTable | None:
        if not self.coarse.points.size:
            return None
        direct = self.coarse.table.sure(tied=self.coarse.tied)
        return direct.without(self.divided, self.coarse.golden.size) if direct else None

    @cached_property
    def _whole(self) -> Int64s:
        return _whole_cells(self.coarse, self)

    def _compiled(self, present: NDArray[Any], nulls: int) -> Counts:
        direct = self._sure
        if direct is None or present.size > CellTable.at_once:
            return super()._compiled(present, nulls)
        from karat.states.kernels import cell_kernel

        counts = np.zeros(self.coarse.golden.size + 1, np.uint32)
        with lent():
            left = self.coarse.table.left(direct, present, counts)
            left.sort()
            cells = room(left.size)
            cell_kernel.in_order(self.points, left, cells)
            rest = sparse.count_cells(cells, nulls)
        sure = sparse.of_dense(counts[:-1], 0)
        return sparse.add(Counts(self._whole[sure.cells], sure.counts, 0), rest)


def refined(coarse: ReferenceCounts, full: ReferenceCounts, cells: Int64s) -> ReferenceCounts:
    """Return `coarse` with the open `cells` of it divided by the points of `full` inside them.

    `cells` ascend; none give the statistic itself. Raises `InputError` when `coarse` is not made
    of `full`, or a cell is a point.
    """
    at = np.searchsorted(full.points, coarse.points)
    if not np.array_equal(full.points[np.minimum(at, full.points.size - 1)], coarse.points):
        raise InputError("the cells are not made of these golden values: build the golden again")
    if cells.size and (cells % 2).any():
        raise InputError(f"cell {int(cells[cells % 2 == 1][0])} is a point: only gaps are divided")
    if not cells.size:
        return coarse
    return RefinedCounts(*_divided(coarse, full, at, cells), coarse, cells)


def _divided(
    coarse: ReferenceCounts, full: ReferenceCounts, at: Int64s, cells: Int64s
) -> tuple[NDArray[Any], Int64s]:
    """Return points and golden counts; point i of `coarse` is point at[i] of `full`."""
    points, golden, begin = [], [], 0
    ends = np.concatenate([[-1], at, [full.points.size]])
    bounds = zip(cells.tolist(), ends[cells // 2] + 1, ends[cells // 2 + 1], strict=True)
    for cell, first, last in bounds:
        points += [coarse.points[begin // 2 : cell // 2], full.points[first:last]]
        golden += [coarse.golden[begin:cell], full.golden[2 * first : 2 * last + 1]]
        begin = cell + 1
    points.append(coarse.points[begin // 2 :])
    golden.append(coarse.golden[begin:])
    return np.concatenate(points), np.concatenate(golden)


def lifted(coarse: ReferenceCounts, fine: ReferenceCounts, state: Counts) -> Counts | None:
    """Return a state of `coarse` as one of `fine`, which divides some of its cells.

    None where the state has rows in a divided cell: only the rows themselves tell where those lie.
    """
    coarse.check(state)
    cells = _whole_cells(coarse, fine)[state.cells]
    return None if (cells < 0).any() else Counts(cells, state.counts, state.nulls)


def _whole_cells(coarse: ReferenceCounts, fine: ReferenceCounts) -> Int64s:
    """Return which cell of `fine` each of `coarse` is; -1 for those that are several there."""
    place = np.searchsorted(fine.points, coarse.points)
    above = np.append(place, fine.points.size)
    found = np.empty(coarse.golden.size, np.int64)
    found[::2] = np.where(np.diff(above, prepend=-1) == 1, 2 * above, -1)
    found[1::2] = 2 * place + 1
    return found
