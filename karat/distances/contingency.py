"""Pearson's chi-squared and the likelihood ratio G of golden and rows as a table of two lines.

Both are divided by the rows judged: the tests' own statistics grow with the rows, so long days
would be further from golden than short ones of the same shares. Times `Distance.count` they are
the statistics of the tests of homogeneity.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from karat.distances.binned import binned
from karat.distances.distance import Distance
from karat.distances.mixture import information
from karat.distances.rounding import log_sum, outward, rational_sum
from karat.states import Counts, ReferenceCounts


def chi_squared(stat: ReferenceCounts, state: Counts, bins: int | None = None) -> Distance:
    """Return Pearson's chi-squared a row: the sum of m (f - g)^2 / (a + b), 0 or more.

    f and g are the shares of a bin's a golden rows and b rows, m is the number of golden rows.
    `bins` is as `karat.distances.binned` takes it. Exact unless its denominator has more than 256
    bits: then certain to within 2**-63. No rows, or a golden without values, gives
    `Distance.none()`.
    """
    found = binned(stat, state, bins)
    if found is None:
        return Distance.none()
    golden_rows, rows = found.golden_rows, found.rows
    parts: Counter[int] = Counter()
    for a, b, times in zip(found.golden, found.held, found.times, strict=True):
        parts[a + b] += times * (a * rows - b * golden_rows) ** 2
    low, high = (bound / (golden_rows * rows**2) for bound in rational_sum(parts))
    return Distance(*outward(low, high), rows)


def likelihood_ratio(stat: ReferenceCounts, state: Counts, bins: int | None = None) -> Distance:
    """Return the likelihood ratio G a row, in nats: 2 sum of O ln(O / E) / rows, 0 or more.

    O are the counts of a bin on either side, E what they would be by the sums. `bins` is as
    `karat.distances.binned` takes it. Certain to within 2**-63 or so. No rows, or a golden without
    values, gives `Distance.none()`. Wilks 1935.
    """
    found = binned(stat, state, bins)
    if found is None:
        return Distance.none()
    pairs = zip(found.golden, found.held, found.times, strict=True)
    low, high = (2 * bound / found.rows for bound in log_sum(information(pairs)))
    return Distance(*outward(max(low, Fraction(0)), high), found.rows)
