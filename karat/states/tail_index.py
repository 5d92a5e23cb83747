"""How heavy a tail is, from its largest values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from karat.errors import InputError

DIGITS = 30


def hill(largest: Sequence[int], k: int) -> float | None:
    """Return Hill's estimate of 1 / alpha from the `largest` values, falling (a state of `TopK`).

    The float nearest to ``1/k sum_{i<=k} ln(X_(i) / X_(k+1))`` (Hill 1975): logarithms are bounded
    from both sides with more and more digits until both bounds are the same float. None for fewer
    than k + 1 values, or when X_(k+1) is not positive. Raises `InputError` for k below 1.

    >>> hill((8, 4, 2), 2)
    1.0397207708399179
    """
    if k < 1:
        raise InputError(f"a tail of {k} values: at least 1 is needed")
    if len(largest) <= k or largest[k] <= 0:
        return None
    beyond = Counter(value for value in largest[:k] if value != largest[k])
    digits = DIGITS
    # Such a sum of logarithms is 0 or irrational, so it never lies on the border of two floats.
    while (low := _bound(beyond, largest[k], k, digits, ROUND_FLOOR)) != (
        high := _bound(beyond, largest[k], k, digits, ROUND_CEILING)
    ):
        digits *= 2
    return (low + high) / 2


def _bound(beyond: Counter[int], least: int, k: int, digits: int, rounding: str) -> float:
    context = Context(prec=digits, rounding=rounding)
    # Decimal's ln is rounded to nearest whatever the context says: one step further is a bound.
    outward, inward = context.next_plus, context.next_minus
    if rounding == ROUND_FLOOR:
        outward, inward = inward, outward
    total = Decimal(0)
    for value, times in beyond.items():
        total = context.fma(outward(context.ln(Decimal(value))), times, total)
    taken = context.multiply(inward(context.ln(Decimal(least))), beyond.total())
    return float(context.divide(context.subtract(total, taken), k))
