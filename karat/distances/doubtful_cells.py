"""Which cells keep a distance from being exact: where finer ones could still change it.

A cell counts only if it is open and holds golden rows and rows: else nothing inside is unknown.
Theorem 3 of the statistics note, with the lower bound itself for a threshold: whatever it is asked
against, the distance is known for certain once these cells are divided by all golden values.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat.distances.cell_ends import CellEnds, cell_ends
from karat.distances.distance import Threshold, rational
from karat.distances.squared_steps import unknown_cells
from karat.states import Counts, ReferenceCounts
from karat.states.encoding import Int64s

NONE = np.empty(0, np.int64)


def ks_doubts(stat: ReferenceCounts, state: Counts) -> Int64s:
    """Return the cells inside which both could be further apart than at any end; ascending."""
    ends = cell_ends(stat, state)
    if ends is None:
        return NONE
    at_start, at_end = abs(ends.golden_start - ends.start), abs(ends.golden_end - ends.end)
    least = max(at_start.max(), at_end.max())
    reach = np.maximum(ends.golden_end - ends.start, ends.end - ends.golden_start)
    return _those(state, ends, reach > least)


def kuiper_doubts(stat: ReferenceCounts, state: Counts) -> Int64s:
    """Return the cells inside which either could be further above the other than at any end."""
    ends = cell_ends(stat, state)
    if ends is None:
        return NONE
    above = max(0, (ends.end - ends.golden_end).max(), (ends.start - ends.golden_start).max())
    below = max(0, (ends.golden_end - ends.end).max(), (ends.golden_start - ends.start).max())
    over, under = ends.end - ends.golden_start > above, ends.golden_end - ends.start > below
    return _those(state, ends, over | under)


def rank_doubts(stat: ReferenceCounts, state: Counts) -> Int64s:
    """Return the cells inside which pairs may be ordered either way."""
    ends = cell_ends(stat, state)
    return NONE if ends is None else state.cells[ends.mixed]


def midrank_doubts(stat: ReferenceCounts, state: Counts) -> Int64s:
    """Return the cells inside which golden rows may be equal or different, whether met or not.

    What midranks hang on is known as by all golden values once these are divided.
    """
    if not (stat.rows and state.rows):
        return NONE
    return np.flatnonzero(unknown_cells(stat) & (stat.golden > 0)).astype(np.int64, copy=False)


def quantile_doubts(stat: ReferenceCounts, state: Counts, share: Threshold = "1/2") -> Int64s:
    """Return the open cell that golden's quantile lies in; none where it is a point."""
    if not (stat.rows and state.rows):
        return NONE
    wanted = rational(share)
    needed = -(-wanted.numerator * stat.rows // wanted.denominator)
    at = int(np.searchsorted(stat.cumulative, needed))
    return NONE if at % 2 else np.array([at], np.int64)


def _those(state: Counts, ends: CellEnds, further: NDArray[Any]) -> Int64s:
    those: Int64s = state.cells[ends.mixed & further.astype(bool)]
    return those
