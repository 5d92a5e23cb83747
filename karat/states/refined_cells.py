"""Coarse golden cells with some of them divided again by every golden value inside.

Only where a certified distance leaves a question open do the golden's own values matter (statistics
note, Theorem 3). The result is a statistic like any other: it observes, merges and has a key.
"""

from __future__ import annotations

import numpy as np

from karat.errors import InputError
from karat.states.counts import Counts
from karat.states.encoding import Int64s
from karat.states.reference_counts import ReferenceCounts


def refined(coarse: ReferenceCounts, full: ReferenceCounts, cells: Int64s) -> ReferenceCounts:
    """Return `coarse` with the open `cells` of it divided by the points of `full` inside them.

    No cells give the statistic itself. Raises `InputError` when `coarse` is not made of `full`, or
    a cell is a point.
    """
    at = np.searchsorted(full.points, coarse.points)
    if not np.array_equal(full.points[np.minimum(at, full.points.size - 1)], coarse.points):
        raise InputError("the cells are not made of these golden values: build the golden again")
    if cells.size and (cells % 2).any():
        raise InputError(f"cell {int(cells[cells % 2 == 1][0])} is a point: only gaps are divided")
    if not cells.size:
        return coarse
    ends = np.concatenate([[-1], at, [full.points.size]])
    kept = np.zeros(full.points.size, bool)
    kept[at] = True
    for gap in (cells // 2).tolist():
        kept[ends[gap] + 1 : ends[gap + 1]] = True
    found = full.with_points(np.flatnonzero(kept).astype(np.int64))
    return ReferenceCounts(found.points, found.golden)


def lifted(coarse: ReferenceCounts, fine: ReferenceCounts, state: Counts) -> Counts | None:
    """Return a state of `coarse` as one of `fine`, which divides some of its cells.

    None where the state has rows in a divided cell: only the rows themselves tell where those lie.
    """
    coarse.check(state)
    place = np.searchsorted(fine.points, coarse.points)
    above = np.append(place, fine.points.size)
    below = np.append(-1, place)
    gaps, points = state.cells // 2, state.cells % 2 == 1
    if (above[gaps] - below[gaps] != 1)[~points].any():
        return None
    cells = np.where(points, 2 * above[gaps] + 1, 2 * above[gaps])
    return Counts(cells.astype(np.int64), state.counts, state.nulls)
