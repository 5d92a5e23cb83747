"""Total variation between two counts of categories: half the sum of what the shares differ by."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from karat.distances.distance import Distance
from karat.states import Counts


def total_variation(a: Counts, b: Counts) -> Distance:
    """Return the exact distance between two states of `Categories`; null is a category too.

    `count` is the number of rows of `a`, the candidate. No rows on either side: unknown.
    """
    rows_a, rows_b = a.rows + a.nulls, b.rows + b.nulls
    if not (rows_a and rows_b):
        return Distance.none()
    differing = abs(a.nulls * rows_b - b.nulls * rows_a)
    for category in np.union1d(a.cells, b.cells):
        differing += abs(_count(a, category) * rows_b - _count(b, category) * rows_a)
    share = Fraction(differing, 2 * rows_a * rows_b)
    return Distance(share, share, rows_a)


def _count(state: Counts, category: np.int64) -> int:
    at = int(np.searchsorted(state.cells, category))
    found = at < state.cells.size and state.cells[at] == category
    return int(state.counts[at]) if found else 0
