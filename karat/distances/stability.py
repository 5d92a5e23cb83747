"""The population stability index: both relative entropies between binned shares, added."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import gcd

from karat.distances.binned import binned
from karat.distances.distance import Distance, Threshold, rational
from karat.distances.rounding import log_sum, outward
from karat.errors import InputError
from karat.states import Counts, ReferenceCounts


def psi(
    stat: ReferenceCounts, state: Counts, bins: int | None = None, floor: Threshold | None = None
) -> Distance:
    """Return the sum over bins of (g - f) ln(g / f), f golden's share and g that of the rows.

    A share below `floor` counts as `floor`, because the logarithm of 0 is no number; None means
    half a row, 1 / (2 rows). Values depend on it: write it beside them. `bins` is as
    `karat.distances.binned` takes it. In nats, 0 or more, certain to within 2**-63 or so. No rows,
    or a golden without values, gives `Distance.none()`. Raises `InputError` for a floor that is not
    above 0.
    """
    least = None if floor is None else rational(floor)
    if least is not None and least <= 0:
        raise InputError(f"floor is {floor}: shares of 0 need one above 0, such as 1/1000000")
    found = binned(stat, state, bins)
    if found is None:
        return Distance.none()
    least = Fraction(1, 2 * found.rows) if least is None else least
    whole = found.golden_rows * found.rows
    weights: Counter[int] = Counter()
    for a, b, times in found.shares():
        # Both in units of 1 / (whole x the floor's denominator).
        f, g = (max(share * least.denominator, least.numerator * whole) for share in (a, b))
        common = gcd(f, g)
        weights[g // common] += times * (g - f)
        weights[f // common] -= times * (g - f)
    low, high = (bound / (whole * least.denominator) for bound in log_sum(weights))
    return Distance(*outward(max(low, Fraction(0)), high), found.rows)
