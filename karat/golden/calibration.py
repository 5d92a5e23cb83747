"""How far golden days are from each other: scales, scores and the conformal quantile.

Statistics note 4.2: a partition's score is its largest distance in units of its scale, and q is
the ceil((1 - alpha)(K + 1))-th smallest score of K calibration days. If those days and the one on
trial are exchangeable, P(score > q) <= alpha for any dependence within a day (split conformal).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil
from statistics import median


def calibrate(leave_one_out: Sequence[Fraction], median_rows: int) -> Fraction:
    """Return a column's scale: the median leave-one-day-out distance of the reference days.

    Floored at 1 / `median_rows`, the smallest distance such a day can show; with fewer than two
    days, or no rows, the scale is 1.
    """
    floor = Fraction(1, median_rows) if median_rows else Fraction(1)
    return max(median(leave_one_out), floor) if leave_one_out else Fraction(1)


def score(distances: Mapping[str, Fraction], scales: Mapping[str, Fraction]) -> Fraction:
    """Return the largest distance in units of its scale; 0 for none."""
    return max((value / scales[name] for name, value in distances.items()), default=Fraction(0))


def needed_days(alpha: Fraction) -> int:
    """Return the least K with a quantile at `alpha`: ceil(1 / alpha) - 1, so 19 at 5 %.

    >>> needed_days(Fraction("0.05"))
    19
    """
    return ceil(1 / alpha) - 1


def quantile(scores: Sequence[Fraction], alpha: Fraction) -> Fraction | None:
    """Return the conformal quantile of calibration scores, or None with too few of them."""
    rank = ceil((1 - alpha) * (len(scores) + 1))
    return sorted(scores)[rank - 1] if 1 <= rank <= len(scores) else None
