"""How far the distance of two samples may be from that of what they are drawn from.

Statistics note 4.2, step 4: h = sqrt(ln(4/a) / 2) * (1/sqrt(n) + 1/sqrt(m)) for n and m effective
rows. By the inequality of Dvoretzky, Kiefer and Wolfowitz with Massart's constant each sample is
within its part of h with probability 1 - a/2, both with 1 - a. The inequality is for independent
rows; with effective rows it is an approximation, and is called so wherever it is shown.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction
from math import isqrt

from karat.errors import InputError
from karat.golden.false_alarms import checked_share

UNIT = 10**18
UP = Context(prec=40, rounding=ROUND_CEILING)


def half_width(alpha: Fraction, n_eff: Fraction | None, m_eff: Fraction | None) -> Fraction | None:
    """Return h, rounded up by less than 1e-17, or None where either sample shows nothing.

    A rational, so that a verdict is the same on every machine. None or no effective rows: no bound
    at all. Raises `InputError` when alpha is not between 0 and 1.

    >>> round(half_width(Fraction("0.05"), Fraction(2500), Fraction(10000)), 6)
    Fraction(22203, 500000)
    """
    checked_share(alpha, "alpha")
    if n_eff is None or m_eff is None or n_eff <= 0 or m_eff <= 0:
        return None
    half_log = _log(4 / alpha) / 2
    return _root(half_log / n_eff) + _root(half_log / m_eff)


def sampling_width(missed: Fraction, rows: int) -> Fraction:
    """Return e = sqrt(ln(2/a) / (2 s)), rounded up, for `rows` drawn uniformly with replacement.

    The distribution of s such rows is within e of that of all rows, at every place at once, but
    for a share `missed` of draws: whatever the rows depend on, for the draws are independent
    (Massart 1990; statistics note 5, level L2). Raises `InputError` for a share outside 0 to 1,
    or no rows.

    >>> round(sampling_width(Fraction(1, 1000), 38_005), 6)
    Fraction(1, 100)
    """
    checked_share(missed, "missed")
    if rows < 1:
        raise InputError(f"{rows} rows drawn: at least 1 is needed")
    return _root(_log(2 / missed) / (2 * rows))


def _log(value: Fraction) -> Fraction:
    """Return at least the natural logarithm; `Context.ln` is within one step of the last digit."""
    over = UP.divide(Decimal(value.numerator), Decimal(value.denominator))
    return Fraction(UP.next_plus(UP.ln(over)))


def _root(value: Fraction) -> Fraction:
    """Return at least the square root, in whole units of 1 / UNIT."""
    squared = -(-value.numerator * UNIT * UNIT // value.denominator)
    return Fraction(isqrt(squared - 1) + 1 if squared else 0, UNIT)
