"""How far the distance of two samples may be from that of what they are drawn from.

Statistics note 4.2, step 4: h = sqrt(ln(4/a) / 2) * (1/sqrt(n) + 1/sqrt(m)) for n and m effective
rows. By the inequality of Dvoretzky, Kiefer and Wolfowitz with Massart's constant each sample is
within its part of h with probability 1 - a/2, both with 1 - a. The inequality is for independent
rows; with effective rows it is an approximation, and is called so wherever it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction
from functools import cached_property
from math import isqrt

import numpy as np
from numpy.typing import NDArray

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
    return HalfWidth(alpha, m_eff).of(n_eff)


@dataclass(frozen=True)
class HalfWidth:
    """The half-widths of samples against one golden sample of `golden_rows` effective rows.

    `times` as wide where a distance adds up so many distribution functions (Kuiper's: 2). Errors
    as `half_width`.
    """

    alpha: Fraction
    golden_rows: Fraction | None
    times: int = 1

    @cached_property
    def _half_log(self) -> Fraction:
        checked_share(self.alpha, "alpha")
        return _log(4 / self.alpha) / 2

    @cached_property
    def _golden(self) -> int | None:
        """Return golden's part in units of 1 / UNIT; None where it shows nothing."""
        rows, half = self.golden_rows, self._half_log
        return None if rows is None or rows <= 0 else _units(half, rows)

    def of(self, rows: Fraction | None) -> Fraction | None:
        """Return the half-width of `rows` effective rows, or None where either shows nothing."""
        units = self.units(rows)
        return None if units is None else Fraction(units, UNIT)

    def units(self, rows: Fraction | None) -> int | None:
        """Return it in units of 1 / UNIT."""
        golden = self._golden
        if rows is None or rows.numerator <= 0 or golden is None:
            return None
        return (_units(self._half_log, rows) + golden) * self.times

    def about(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the half-widths of many samples in floats; NaN where either side shows nothing.

        Each is within a relative 1e-15 and an absolute 4e-18 of what `of` gives: four roundings of
        2^-53 each, and `of` rounds both of its parts up by less than 1 / UNIT.
        """
        golden = self._golden
        own = np.where(rows > 0, rows, np.nan)
        if golden is None:
            return np.full_like(own, np.nan)
        return (np.sqrt(float(self._half_log) / own) + golden / UNIT) * self.times


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
    return Fraction(_units(value, Fraction(1)), UNIT)


def _units(over: Fraction, under: Fraction) -> int:
    """Return at least the root of `over` / `under`, both above 0, in units of 1 / UNIT."""
    above, below = over.numerator * under.denominator, over.denominator * under.numerator
    squared = -(-above * UNIT * UNIT // below)
    return isqrt(squared - 1) + 1 if squared else 0
