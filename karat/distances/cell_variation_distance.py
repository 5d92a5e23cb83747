"""Total variation between the shares that golden and rows have in golden's cells."""

from __future__ import annotations

from fractions import Fraction

from karat.distances.binned import binned
from karat.distances.distance import Distance
from karat.states import Counts, ReferenceCounts


def cell_variation(stat: ReferenceCounts, state: Counts, bins: int | None = None) -> Distance:
    """Return half the sum of what the shares of the bins differ by, exact, 0 to 1.

    `bins` is as `karat.distances.binned` takes it; None means golden's cells. With every golden
    value a point it is the total variation between the values of golden and rows, with fewer never
    more than that. No rows, or a golden without values, gives `Distance.none()`.
    """
    found = binned(stat, state, bins)
    if found is None:
        return Distance.none()
    differing = sum(times * abs(a - b) for a, b, times in found.shares())
    share = Fraction(differing, 2 * found.golden_rows * found.rows)
    return Distance(share, share, found.rows)
