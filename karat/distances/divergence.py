"""The Jensen-Shannon distance: how far both shares are from their middle (Lin 1991)."""

from __future__ import annotations

from fractions import Fraction

from karat.distances.binned import binned
from karat.distances.distance import Distance
from karat.distances.mixture import information
from karat.distances.rounding import log_sum, outward, root
from karat.states import Counts, ReferenceCounts


def jensen_shannon(stat: ReferenceCounts, state: Counts, bins: int | None = None) -> Distance:
    """Return the root of the Jensen-Shannon divergence in bits: a metric, from 0 to 1.

    `bins` is as `karat.distances.binned` takes it. Certain to within 2**-63; 0 and 1 are exact. No
    rows, or a golden without values, gives `Distance.none()`. Endres and Schindelin 2003.
    """
    found = binned(stat, state, bins)
    if found is None:
        return Distance.none()
    twice = 2 * found.golden_rows * found.rows
    weights = information(found.shares())
    # In bits ln 2 is 1: what is known in bits stays exact.
    bits = Fraction(weights.pop(2, 0), twice)
    low, high = log_sum(weights)
    two = log_sum({2: twice})
    square = min(low / bound for bound in two), max(high / bound for bound in two)
    lower, upper = root(bits + square[0], min(bits + square[1], Fraction(1)))
    return Distance(*outward(lower, upper), found.rows)
