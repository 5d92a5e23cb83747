"""Sums and sums of products of int64 columns, exact whatever their size.

What surely fits is summed as it is: in float64 while every partial sum is an integer below 2^53,
then in int64. Larger values are cut into limbs of 21 bits, whose products add up in int64 over
some thousand rows at a time. Columns of many small values are summed in compiled passes, in two
limbs. No way of summing makes an array as long as the column.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat.states.encoding import Int64s
from karat.states.kernels import pays

LARGEST = (1 << 63) - 1
FLOAT_LARGEST = 1 << 53
HALF = 1 << 31
LIMB_BITS = 21
LIMB_MASK = (1 << LIMB_BITS) - 1
ROWS_AT_ONCE = 1 << 12


def bound(values: Int64s) -> int:
    """Return the largest absolute value; 0 for no rows."""
    return max(-int(values.min()), int(values.max())) if values.size else 0


def power_sum(values: Int64s, power: int) -> int:
    """Return the sum of ``values ** power``, power at least 1; 0 for no rows.

    >>> power_sum(np.array([2**62, 2**62, 1]), 2) == 2**125 + 1
    True
    """
    if power == 1 and bound(values) * values.size <= LARGEST:
        return int(values.sum())
    if power == 2:  # noqa: PLR2004
        return lagged_products(values, [0])[0]
    starts = range(0, values.size, ROWS_AT_ONCE)
    return sum(_part_sum(values[at : at + ROWS_AT_ONCE], power) for at in starts)


def power_sums(values: Int64s, order: int) -> tuple[int, ...]:
    """Return the sums of the first to the `order`-th power, order 1 to 4; zeros for no rows.

    >>> power_sums(np.array([1, -2, 3]), 4)
    (2, 14, 20, 98)
    """
    if not _in_two_limbs(values):
        return tuple(power_sum(values, power) for power in range(1, order + 1))
    from karat.states.kernels import sums_kernel

    limbs = np.zeros((7, 2), np.int64)
    sums_kernel.powers(np.ascontiguousarray(values), limbs)
    first, second, xa, xb, aa, ab, bb = _whole(limbs)
    third, fourth = (xa << 31) + xb, (aa << 62) + (ab << 32) + bb
    return (first, second, third, fourth)[:order]


def lagged_products(values: Int64s, lags: Iterable[int]) -> tuple[int, ...]:
    """Return for each lag k the sum of x_t x_{t+k}; 0 where no two rows are k apart.

    >>> lagged_products(np.array([1, 2, 3]), [0, 1, 2, 3])
    (14, 8, 3, 0)
    """
    lags = list(lags)
    largest, sums, reach = bound(values) ** 2 * values.size, [0] * len(lags), max(lags, default=0)
    if _in_two_limbs(values):
        return _compiled(values, lags, small=largest <= LARGEST)
    for at in range(0, values.size, ROWS_AT_ONCE):
        part = values[at : at + ROWS_AT_ONCE + reach]
        sums = list(map(add, sums, _part_products(part, lags, largest)))
    return tuple(sums)


def _part_sum(values: Int64s, power: int) -> int:
    if bound(values) ** power * values.size <= LARGEST:
        return int((values**power).sum())
    if power == 1:
        return sum(int(limb.sum()) << shift for shift, limb in _limbs(values))
    return sum(value**power for value in values.tolist())


def _part_products(values: Int64s, lags: list[int], largest: int) -> list[int]:
    """Return the sums of products whose earlier values are `ROWS_AT_ONCE`; `values` go further."""
    if largest <= LARGEST:
        fitting = values.astype(np.float64) if largest <= FLOAT_LARGEST else values
        return [int(np.dot(*_apart(fitting, lag))) for lag in lags]
    limbs = _limbs(values)
    return [_limbs_product(limbs, lag) for lag in lags]


def _in_two_limbs(values: Int64s) -> bool:
    """Return whether the compiled sums hold `values`, and are worth it."""
    return pays(values.size) and values.size < HALF and bound(values) < HALF


def _compiled(values: Int64s, lags: list[int], *, small: bool) -> tuple[int, ...]:
    from karat.states.kernels import sums_kernel

    column, apart = np.ascontiguousarray(values), np.array(lags, np.int64)
    if small:
        sums = np.zeros(len(lags), np.int64)
        sums_kernel.lagged_small(column, apart, sums)
        return tuple(sums.tolist())
    limbs = np.zeros((len(lags), 2), np.int64)
    sums_kernel.lagged(column, apart, limbs)
    return tuple(_whole(limbs))


def _whole(limbs: Int64s) -> list[int]:
    return [low + (high << 32) for low, high in limbs.tolist()]


def _apart(values: NDArray[Any], lag: int) -> tuple[NDArray[Any], NDArray[Any]]:
    pairs = min(max(values.size - lag, 0), ROWS_AT_ONCE)
    return values[:pairs], values[lag : lag + pairs]


def _limbs(values: Int64s) -> list[tuple[int, Int64s]]:
    """Return arrays and the shifts that make them add up to `values`; only the last is signed."""
    limbs, shift = [], 0
    while bound(values) > LIMB_MASK:
        limbs.append((shift, values & LIMB_MASK))
        values, shift = values >> LIMB_BITS, shift + LIMB_BITS
    return [*limbs, (shift, values)]


def _limbs_product(limbs: list[tuple[int, Int64s]], lag: int) -> int:
    early = [(shift, _apart(limb, lag)[0]) for shift, limb in limbs]
    late = [(shift, _apart(limb, lag)[1]) for shift, limb in limbs]
    return sum(int(np.dot(a, b)) << (i + j) for i, a in early for j, b in late)
