"""Golden and rows that are hard to get right, and where values fall between golden's points."""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

DRAWS = 3000 if os.environ.get("KARAT_SOAK") else 300
LEAST, MOST = -(2**63), 2**63 - 1
Values = NDArray[Any]


def whole(rng: Generator) -> tuple[Values, Values]:
    """Integers: ties, one heavy value, few rows or one, all equal, far apart, ends of int64."""
    width = int(rng.choice([1, 2, 5, 12, 60, 1000]))
    golden, rows = (rng.integers(0, width, rng.integers(1, 31)) for _ in "gr")
    kind = rng.integers(0, 6)
    if kind == 0:
        rows = np.where(rng.random(rows.size) < 0.8, golden[0], rows)
    elif kind == 1:
        golden, rows = golden + LEAST, rows + LEAST
    elif kind == 2:
        golden, rows = (rng.choice([LEAST, 0, side[0], MOST], side.size) for side in (golden, rows))
    elif kind == 3:
        rows = golden.repeat(3)
    else:
        rows = rows * 2 + rng.integers(-3, 4)
    return golden.astype(np.int64), rows.astype(np.int64)


def samples(seed: int) -> tuple[Values, Values]:
    """Integers as of `whole`, or floats, some of them infinite or -0.0."""
    rng = default_rng(seed)
    golden, rows = whole(rng)
    if seed % 3 or abs(golden.astype(float)).max() > 1e4 or abs(rows.astype(float)).max() > 1e4:
        return golden, rows
    odd = [0.5, -0.0, np.inf, -np.inf]
    golden, rows = golden * 0.5, rows * 0.25
    return golden, np.where(rng.random(rows.size) < 0.1, rng.choice(odd, rows.size), rows)


def cell_of(points: Sequence[float], value: float) -> int:
    """Return the number of points below `value` and of those not above it, added."""
    return bisect_left(points, value) + bisect_right(points, value)


def table(
    points: Sequence[float], golden: Sequence[float], rows: Sequence[float], bins: int | None
) -> list[tuple[int, int]]:
    """Return golden rows and rows of each bin that holds some, from the words of `binned`."""
    left, right = (Counter(cell_of(points, x) for x in side) for side in (golden, rows))
    if bins is None:
        return [(left[cell], right[cell]) for cell in {*left, *right}]
    found: dict[int, list[int]] = {}
    for cell in {*left, *right}:
        below = sum(count for other, count in left.items() if other < cell)
        middle = Fraction(2 * below + left[cell], 2 * len(golden))
        one = found.setdefault(min(floor(middle * bins), bins - 1), [0, 0])
        one[0], one[1] = one[0] + left[cell], one[1] + right[cell]
    return [(a, b) for a, b in found.values()]
