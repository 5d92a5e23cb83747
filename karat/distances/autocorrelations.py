"""The largest difference between two autocorrelations, over all lags."""

from __future__ import annotations

from fractions import Fraction
from itertools import chain

from karat.distances.distance import Distance
from karat.errors import InputError
from karat.states import AcfState


def acf_distance(a: AcfState, b: AcfState) -> Distance:
    """Return the largest |rho_k(a) - rho_k(b)|, exact; it lies between 0 and 2.

    `count` is the number of rows of `a`, the candidate. A side with equal values only, or no more
    rows than lags, has no autocorrelation: unknown. Raises `InputError` for unequal lags.
    """
    if len(a.products) != len(b.products):
        raise InputError(f"{len(a.products)} lags and {len(b.products)}: they must be equal")
    lags = range(1, len(a.products) + 1)
    left, right = ([state.correlation(lag) for lag in lags] for state in (a, b))
    if None in chain(left, right):
        return Distance.none()
    largest = max(
        abs(Fraction(x or 0) - Fraction(y or 0)) for x, y in zip(left, right, strict=True)
    )
    return Distance(largest, largest, a.count)
