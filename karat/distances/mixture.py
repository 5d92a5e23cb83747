"""How much two sides of a table tell about its bins: what Jensen-Shannon and G are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import gcd


def information(pairs: Iterable[tuple[int, int, int]]) -> Counter[int]:
    """Return the sum of a ln(a N / (m k)) + b ln(b N / (n k)) as weights of logarithms.

    `pairs` are whole numbers a and b of a bin and how many bins have these; k = a + b, and m, n, N
    are the sums of a, b, k over all bins. `karat.distances.rounding.log_sum` bounds it. Numbers are
    divided by what they have in common, so sides of equal shares give no weight at all.
    """
    weights: Counter[int] = Counter()
    golden = rows = 0
    for a, b, times in pairs:
        _add(weights, a, b, times)
        golden, rows = golden + a * times, rows + b * times
    _add(weights, golden, rows, -1)
    return weights


def _add(weights: Counter[int], a: int, b: int, times: int) -> None:
    common = gcd(a, b)
    for part, sign in ((a, 1), (b, 1), (a + b, -1)):
        if part:
            weights[part // common] += sign * times * part
