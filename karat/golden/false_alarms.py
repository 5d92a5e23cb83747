"""What a calibration set promises about false alarms, and how rare a score is among its days.

Statistics note 4.2. Over many calibration sets the false-alarm rate is at most alpha. Given one
set of K days, with q the r-th smallest score, the rate is Beta(K + 1 - r, r) where scores have no
ties, and no larger in law where they have: with few days it may be far from alpha.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, comb

from karat.errors import InputError
from karat.golden.calibration import needed_days

CONFIDENCE = Fraction(95, 100)
STEPS = 10**6
"""Bounds of a rate are whole millionths, rounded outwards: the same on every machine."""

Bounds = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class FalseAlarms:
    """The law of the false-alarm rate given one calibration set.

    `mean` is exact; the rate is at least `low`, and at most `high`, with 95 % confidence each.
    """

    mean: Fraction
    low: Fraction
    high: Fraction


def false_alarm_interval(days: int, alpha: Fraction) -> FalseAlarms | None:
    """Return the law of the false-alarm rate with `days` calibration days, or None with too few.

    A Beta law with whole parameters is a binomial tail, so it is computed in integers. Raises
    `InputError` when alpha is not between 0 and 1.

    >>> law = false_alarm_interval(39, Fraction("0.05"))
    >>> float(law.mean), float(law.low), float(law.high)
    (0.05, 0.009188, 0.115953)
    """
    checked_share(alpha, "alpha")
    if days < needed_days(alpha):
        return None
    above = days + 1 - ceil((1 - alpha) * (days + 1))
    low = _quantile(days, above, 1 - CONFIDENCE)
    high = min(_quantile(days, above, CONFIDENCE) + Fraction(1, STEPS), Fraction(1))
    return FalseAlarms(Fraction(above, days + 1), low, high)


def p_value(score: Bounds, calibration: Iterable[Bounds]) -> Bounds:
    """Return bounds of the conformal p-value (1 + #{S_i >= S}) / (K + 1), from bounds of scores.

    With exchangeable days P(p <= t) <= t for every t. It is 1 for no days, and never 0. Equal
    bounds of every score give equal bounds of the p-value.

    >>> one, two, three = (Fraction(n) for n in (1, 2, 3))
    >>> p_value((two, two), [(one, one), (two, two), (three, three)])
    (Fraction(3, 4), Fraction(3, 4))
    """
    low, high = score
    days = list(calibration)
    rarely = sum(least >= high for least, _ in days)
    often = sum(most >= low for _, most in days)
    return Fraction(1 + rarely, 1 + len(days)), Fraction(1 + often, 1 + len(days))


def checked_share(value: Fraction, name: str) -> None:
    """Raise `InputError` when `value` is not between 0 and 1, both excluded."""
    if not 0 < value < 1:
        raise InputError(f"{name} is {value}: it must lie between 0 and 1, as 0.05 does")


def _quantile(days: int, above: int, share: Fraction) -> Fraction:
    """Return the largest rate in millionths below which the law has at most `share`."""
    low, high = 0, STEPS
    while high - low > 1:
        middle = (low + high) // 2
        if _law(days, above, middle) <= share * STEPS**days:
            low = middle
        else:
            high = middle
    return Fraction(low, STEPS)


def _law(days: int, above: int, rate: int) -> int:
    """Return P(Beta(above, days + 1 - above) <= rate / STEPS) in units of 1 / STEPS**days.

    It is the chance that at least `above` of `days` uniform scores lie above 1 - rate.
    """
    rest = STEPS - rate
    fewer = (comb(days, k) * pow(rate, k) * pow(rest, days - k) for k in range(above))
    return int(STEPS**days - sum(fewer))
