"""How far two variance ratios are apart."""

from __future__ import annotations

from karat.distances.distance import Distance
from karat.errors import InputError
from karat.states import VarianceRatioState


def variance_ratio_distance(a: VarianceRatioState, b: VarianceRatioState) -> Distance:
    """Return |VR(a) - VR(b)|, exact, 0 or more.

    `count` is the number of rows of `a`, the candidate. A side without a ratio: unknown. Raises
    `InputError` for ratios over unequal numbers of rows.
    """
    if a.steps != b.steps:
        raise InputError(f"ratios over {a.steps} rows and {b.steps}: they must be equal")
    left, right = a.ratio(), b.ratio()
    if left is None or right is None:
        return Distance.none()
    return Distance(abs(left - right), abs(left - right), a.one.count)
