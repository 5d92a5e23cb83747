"""Golden cells of many days in bounded memory: points first, a day at a time, then exact counts.

Whatever points are chosen, a distance is certain to lie between its bounds (statistics note,
Theorem 2), so choosing them from coarse days costs at most a little width. A column with no more
distinct values than `cells` keeps every one.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any

import numpy as np

from karat.states import Counts, ReferenceCounts
from karat.states.columns import Column

FINER = 4


def points_of(days: Iterable[Column], cells: int | None) -> ReferenceCounts:
    """Return cells without counts, their points chosen from all days."""
    return joined((thinned(values, cells) for values in days), cells)


def thinned(values: Column, cells: int | None) -> ReferenceCounts:
    """Return a day in at most 4 `cells` points; None keeps every value."""
    return ReferenceCounts.from_golden(values, None if cells is None else FINER * cells)


def joined(days: Iterable[ReferenceCounts], cells: int | None) -> ReferenceCounts:
    """Return cells without counts, their points chosen from all thinned days, one at a time."""
    union: ReferenceCounts | None = None
    for day in days:
        union = day if union is None else _joined(union, day)
        union = union if cells is None else union.coarser(2 * FINER * cells)
    whole = union if union is not None else ReferenceCounts.from_golden(np.empty(0, np.int64))
    whole = whole if cells is None else whole.coarser(cells)
    return ReferenceCounts(whole.points, np.zeros_like(whole.golden))


def all_values(days: Iterable[ReferenceCounts]) -> ReferenceCounts:
    """Return every value of days that have one each, with all their rows; of no day, none."""
    empty = ReferenceCounts.from_golden(np.empty(0, np.int64))
    return reduce(_joined, days, empty)


def counted(cells: ReferenceCounts, states: Iterable[Counts]) -> ReferenceCounts:
    """Return `cells` with the golden counts of all `states` of it."""
    golden = np.zeros_like(cells.golden)
    for state in states:
        golden[state.cells] += state.counts
    return ReferenceCounts(cells.points, golden)


def without(cells: ReferenceCounts, state: Counts) -> ReferenceCounts:
    """Return `cells` less the golden rows of a state of it."""
    golden = cells.golden.copy()
    golden[state.cells] -= state.counts
    return ReferenceCounts(cells.points, golden)


def _joined(a: ReferenceCounts, b: ReferenceCounts) -> ReferenceCounts:
    """Return the points of both; what lies in a gap goes to the point above it, if there is one."""
    points = np.union1d(_kind(a, b), _kind(b, a))
    golden = np.zeros(2 * points.size + 1, np.int64)
    for stat in (a, b):
        at = 2 * np.searchsorted(points, stat.points) + 1
        np.add.at(golden, at, stat.golden[1::2] + stat.golden[:-1:2])
        golden[-1] += stat.golden[-1]
    return ReferenceCounts(points, golden)


def _kind(stat: ReferenceCounts, other: ReferenceCounts) -> Any:
    """Return the points; a day without values has none of any type."""
    return stat.points if stat.points.size else stat.points.astype(other.points.dtype)
