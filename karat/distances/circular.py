"""Kuiper's distance: as sensitive at both ends of the line as in the middle (Kuiper 1960)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from karat.distances.cell_ends import cell_ends
from karat.distances.distance import Distance
from karat.states import Counts, ReferenceCounts


def kuiper(stat: ReferenceCounts, state: Counts) -> Distance:
    """Return the largest excess of the rows' share over golden's, plus that of golden's over it.

    Exact with every golden value a point; else certain to within two of golden's parts. At most 1,
    because both excesses fit into one rise from 0 to 1. No rows, or a golden without values, gives
    `Distance.none()`.
    """
    ends = cell_ends(stat, state)
    if ends is None:
        return Distance.none()
    above = max(0, (ends.end - ends.golden_end).max(), (ends.start - ends.golden_start).max())
    below = max(0, (ends.golden_end - ends.end).max(), (ends.golden_start - ends.start).max())
    mixed = ends.mixed
    most_above = np.max((ends.end - ends.golden_start)[mixed], initial=above)
    most_below = np.max((ends.golden_end - ends.start)[mixed], initial=below)
    upper = min(int(most_above) + int(most_below), ends.whole)
    lower = Fraction(int(above) + int(below), ends.whole)
    return Distance(lower, Fraction(upper, ends.whole), state.rows)
