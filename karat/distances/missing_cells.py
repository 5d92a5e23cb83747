"""Coverage: what share of the cells that golden days visit a candidate does not visit enough."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from karat.distances.distance import Distance
from karat.states import Counts


def coverage(a: Counts, b: Counts, min_count: int) -> Distance:
    """Return the share of golden's cells in which the candidate `a` has fewer than `min_count`.

    States are of `Categories`; a cell is golden's when `b` has so many rows in it. 0 is full
    coverage. Unknown where the candidate has no rows or golden no cell.
    """
    wanted = b.cells[b.counts >= min_count]
    if not (a.rows and wanted.size):
        return Distance.none()
    enough = a.cells[a.counts >= min_count]
    share = Fraction(int(np.setdiff1d(wanted, enough).size), int(wanted.size))
    return Distance(share, share, a.rows)
