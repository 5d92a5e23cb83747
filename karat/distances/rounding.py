"""Sums of logarithms, and roots, between rationals that are certain: rounded outwards.

`Decimal.ln` is correctly rounded (half even) by the specification of decimal arithmetic, so the
true logarithm is less than a unit of the last of `DIGITS` digits away; `math.isqrt` is exact.
Everything else is whole numbers and rationals, each step rounded away from the middle.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from math import ceil, floor, isqrt

BITS, DIGITS, KEPT = 160, 60, 64
UNIT, SQUARE, FINE = 1 << BITS, 1 << 2 * BITS, 1 << KEPT
SHORT = 256
CONTEXT = Context(
    DIGITS, ROUND_HALF_EVEN, -999_999, 999_999, capitals=1, clamp=0, flags=[], traps=[]
)

Bounds = tuple[Fraction, Fraction]
"""What a number is certain to lie between; equal when it is known exactly."""


def log_sum(weights: Mapping[int, int]) -> Bounds:
    """Return bounds of the sum of ``weight * ln(number)`` over whole numbers of at least 1.

    At most 3 * 2**-160 apart for each unit of weight; no weight gives 0 exactly.

    >>> log_sum({1: 7, 2: 0})
    (Fraction(0, 1), Fraction(0, 1))
    """
    low = high = 0
    for number, weight in weights.items():
        if weight and number != 1:
            under, over = _log(number)
            low += weight * (under if weight > 0 else over)
            high += weight * (over if weight > 0 else under)
    return Fraction(low, UNIT), Fraction(high, UNIT)


def root(lower: Fraction, upper: Fraction) -> Bounds:
    """Return bounds of the square root of a number, 0 or more, that lies between these.

    A rational whose root is rational has exact bounds.

    >>> root(Fraction(1, 4), Fraction(1, 4))
    (Fraction(1, 2), Fraction(1, 2))
    """
    return _root(max(lower, Fraction(0)))[0], _root(upper)[1]


def outward(lower: Fraction, upper: Fraction) -> Bounds:
    """Return bounds in multiples of 2**-64 around these; a short exact rational is left alone.

    >>> low, high = outward(Fraction(1, 3), Fraction(1, 3) + Fraction(1, 10**40))
    >>> low < Fraction(1, 3) < high, high - low == Fraction(1, 2**64)
    (True, True)
    """
    if lower == upper and lower.denominator.bit_length() <= SHORT:
        return lower, upper
    return Fraction(floor(lower * FINE), FINE), Fraction(ceil(upper * FINE), FINE)


def rational_sum(parts: Mapping[int, int]) -> Bounds:
    """Return bounds of the sum of ``part / number``; exact for up to 256 different numbers.

    The sum of many unlike fractions is a rational of thousands of digits that nobody needs.
    """
    if len(parts) <= SHORT:
        whole = sum((Fraction(part, number) for number, part in parts.items()), Fraction(0))
        return whole, whole
    low = sum((part << BITS) // number for number, part in parts.items())
    high = sum(-((-part << BITS) // number) for number, part in parts.items())
    return Fraction(low, UNIT), Fraction(high, UNIT)


def _log(number: int) -> tuple[int, int]:
    """Return bounds of the logarithm in units of 2**-160, for numbers of up to 10**8 digits."""
    over, under = Decimal(number).ln(CONTEXT).as_integer_ratio()
    at = (over << BITS) // under
    # 60 digits leave an error far below one unit, so one to either side is certain.
    return at - 1, at + 2


def _root(square: Fraction) -> Bounds:
    over, under = isqrt(square.numerator), isqrt(square.denominator)
    if over**2 == square.numerator and under**2 == square.denominator:
        return Fraction(over, under), Fraction(over, under)
    at = isqrt(square.numerator * SQUARE // square.denominator)
    return Fraction(at, UNIT), Fraction(at + 1, UNIT)
