"""Wasserstein-1: how far rows must be moved on average to become golden, in the column's unit.

It is the area between the two distribution functions. Where they do not cross inside an open gap
the area is the difference of what lies below each, which counts and sums tell exactly. Where they
may cross, that difference is the least it can be; the most is reached by two steps, as high as the
ends of the gap allow, of the same mean. Values are integers, so the first and the last unit of a
gap are known whatever lies between.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from karat.distances.distance import Distance
from karat.states import GapSums, GapSumsState
from karat.states.encoding import Int64s

Whole = NDArray[Any]
"""Python integers."""


class _Side(NamedTuple):
    """Rows up to the end of each cell, in each, and their sums in open ones: shares' numerators."""

    upto: Whole
    held: Whole
    sums: Whole


class _Area(NamedTuple):
    """Areas of several gaps: what each is at least and at most, in units of one share."""

    least: Whole
    most: Whole


def wasserstein(stat: GapSums, golden: GapSumsState, state: GapSumsState) -> Distance:
    """Return the Wasserstein-1 distance of the rows of `state` from those of `golden`.

    Both are states of `stat`, whose cells say how finely they are compared. Exact unless both
    distribution functions may cross inside an open gap; where golden rows lie beyond the outermost
    points too, a heavy tail leaves the bounds far apart. No rows on either side, or cells without
    points, give `Distance.none()`.
    """
    points = stat.cells.points.astype(object)
    if not (golden.rows and state.rows and points.size):
        return Distance.none()
    # Golden's rows count as often as there are rows, and the other way round: equal shares.
    theirs, ours = _side(stat, golden, state.rows), _side(stat, state, golden.rows)
    areas = _inside(points, theirs, ours), _outside(points, theirs, ours)
    whole = golden.rows * state.rows
    low, high = (int(sum(side.sum() for side in ends)) for ends in zip(*areas, strict=True))
    return Distance(Fraction(low, whole), Fraction(high, whole), state.rows)


def _side(stat: GapSums, state: GapSumsState, times: int) -> _Side:
    stat.cells.check(state.counts)
    held, sums = (np.zeros(stat.cells.golden.size, object) for _ in range(2))
    held[state.counts.cells] = state.counts.counts.astype(object) * times
    sums[state.open_cells] = state.sums.whole() * times
    return _Side(np.cumsum(held), held, sums)


def _inside(points: Whole, theirs: _Side, ours: _Side) -> _Area:
    """Return the areas between each point and the next."""
    length = points[1:] - points[:-1]
    first = (theirs.upto - ours.upto)[1:-2:2]
    last = (theirs.upto - ours.upto)[2:-1:2]
    held, sums = ((a - b)[2:-1:2] for a, b in zip(theirs[1:], ours[1:], strict=True))
    signed = first * length + held * points[1:] - sums
    lowest = theirs.upto[1:-2:2] - ours.upto[2:-1:2]
    highest = theirs.upto[2:-1:2] - ours.upto[1:-2:2]
    cross = _crossed(points, theirs, ours)
    known = abs(signed[~cross])
    ends = first[cross], last[cross]
    least, most = _crossing(
        length[cross] - 2, signed[cross] - ends[0] - ends[1], lowest[cross], highest[cross]
    )
    edges = abs(ends[0]) + abs(ends[1])
    return _Area(*(np.append(known, edges + inner) for inner in (least, most)))


def area_doubts(stat: GapSums, golden: GapSumsState, state: GapSumsState) -> Int64s:
    """Return the open cells with golden rows in which both may cross; ascending.

    The area is that of all golden values once these are divided by the values inside them.
    """
    points = stat.cells.points.astype(object)
    if not (golden.rows and state.rows and points.size):
        return np.zeros(int(golden.rows > 0 and state.rows > 0), np.int64)
    theirs, ours = _side(stat, golden, state.rows), _side(stat, state, golden.rows)
    crossed = np.zeros(stat.cells.golden.size, bool)
    crossed[2:-1:2] = _crossed(points, theirs, ours)
    crossed[[0, -1]] = (ours.held[[0, -1]] > 0).astype(bool)
    return np.flatnonzero(crossed & (theirs.held > 0).astype(bool)).astype(np.int64, copy=False)


def _crossed(points: Whole, theirs: _Side, ours: _Side) -> NDArray[np.bool_]:
    """Return whether both may cross between each point and the next."""
    lowest = theirs.upto[1:-2:2] - ours.upto[2:-1:2]
    highest = theirs.upto[2:-1:2] - ours.upto[1:-2:2]
    cross = (lowest < 0) & (highest > 0) & (lowest < highest) & (points[1:] - points[:-1] > 1)
    return np.asarray(cross & ((theirs.held + ours.held)[2:-1:2] > 0), bool)


def _crossing(length: Whole, signed: Whole, lowest: Whole, highest: Whole) -> _Area:
    """Return the areas of gaps whose height is between `lowest`, below 0, and `highest`, above."""
    two_steps = highest * (signed - lowest * length) - lowest * (highest * length - signed)
    # Of integer values every area is a whole number, so what is beyond one cannot be reached.
    return _Area(abs(signed), two_steps // (highest - lowest))


def _outside(points: Whole, theirs: _Side, ours: _Side) -> _Area:
    """Return the areas below the first point and above the last."""
    beyond = [
        (side.held[0] * points[0] - side.sums[0], side.sums[-1] - side.held[-1] * points[-1])
        for side in (theirs, ours)
    ]
    golden, rows = (np.array(side, object) for side in beyond)
    return _Area(
        abs(golden - rows), np.where((golden > 0) & (rows > 0), golden + rows, abs(golden - rows))
    )
