"""Hellinger's distance: one less what the roots of the shares have in common, and its root."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from karat.distances.binned import binned
from karat.distances.distance import Distance
from karat.distances.rounding import SQUARE, UNIT, outward, root
from karat.states import Counts, ReferenceCounts


def hellinger(stat: ReferenceCounts, state: Counts, bins: int | None = None) -> Distance:
    """Return the root of 1 - sum of sqrt(f g) over the shares f and g of bins: a metric, 0 to 1.

    `bins` is as `karat.distances.binned` takes it. Certain to within 2**-63; 0 and 1 are exact. No
    rows, or a golden without values, gives `Distance.none()`.
    """
    found = binned(stat, state, bins)
    if found is None:
        return Distance.none()
    least = most = 0
    for a, b, times in found.shares():
        square = a * b * SQUARE
        near = isqrt(square)
        least += times * near
        most += times * (near + (near**2 < square))
    whole = found.golden_rows * found.rows * UNIT
    lower, upper = root(1 - Fraction(most, whole), 1 - Fraction(least, whole))
    return Distance(*outward(lower, upper), found.rows)
