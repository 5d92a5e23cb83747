"""The Mann-Whitney statistic as a distance: whether rows tend to lie above golden, or below."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from karat.distances.cell_ends import cell_ends
from karat.distances.distance import Distance
from karat.states import Counts, ReferenceCounts


def mann_whitney(stat: ReferenceCounts, state: Counts) -> Distance:
    """Return |P(row > golden) - P(row < golden)| over all pairs: Cliff's delta without its sign.

    With U of Mann and Whitney (1947), ties counted half, it is |2 U / (n m) - 1|. Pairs inside an
    open cell may be ordered either way, which gives an interval; with every golden value a point it
    is exact. No rows, or a golden without values, gives `Distance.none()`.
    """
    ends = cell_ends(stat, state)
    if ends is None:
        return Distance.none()
    counts = state.counts.astype(object)
    # Golden rows below each cell, less those above it, and those inside, all times rows.
    balance = ends.golden_start + ends.golden_end - ends.whole
    unknown = np.where(ends.mixed, ends.golden_end - ends.golden_start, 0)
    middle, spread = int((counts * balance).sum()), int((counts * unknown).sum())
    least, most = middle - spread, middle + spread
    low = 0 if least <= 0 <= most else min(abs(least), abs(most))
    # `balance` is times rows already, and adding over rows counts them once more.
    whole = ends.whole * state.rows
    high = min(Fraction(max(abs(least), abs(most)), whole), Fraction(1))
    return Distance(Fraction(low, whole), high, state.rows)
