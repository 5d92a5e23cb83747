"""Where a golden's points fall among themselves when divided by a scale, in exact arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat.states.encoding import Int64s

NEAR = 2.0**-48
"""Relative: four roundings of 2^-53 and the step between two floats lie well inside."""
TINY = 1e-290
"""Below this, floats lose digits: quotients so near to 0 are compared as whole numbers."""


@dataclass(frozen=True)
class ScaledCells:
    """Ascending int64 or float64 `points`, k of them, which may end in infinities."""

    points: NDArray[Any]

    @cached_property
    def moving(self) -> NDArray[np.bool_]:
        """Whether a point changes when it is divided by a scale: neither 0 nor infinite."""
        found: NDArray[np.bool_] = np.isfinite(self.points) & (self.points != 0)
        return found

    @cached_property
    def largest_ratio(self) -> Fraction:
        """The largest quotient of two points of one sign; 1 where there are none."""
        moving = [abs(value) for value in self._whole.tolist() if value]
        negative = int(np.count_nonzero(self.floats < 0))
        sides = (moving[:negative], moving[negative:])
        return max((Fraction(max(s), min(s)) for s in sides if s), default=Fraction(1))

    def cells(self, scale: Fraction) -> Int64s:
        """Return the cell of point / `scale` for every point, by the cells of `ReferenceCounts`.

        Cell 2i + 1 is point i itself, cell 2i the open gap below it. An infinity stays in its own.
        `scale` is from 2**-64 to 2**64.
        """
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            at = self.floats * float(1 / scale)
            slack = abs(at) * NEAR + TINY
            low = np.searchsorted(self.floats, at - slack, "left").astype(np.int64)
            high = np.searchsorted(self.floats, at + slack, "right").astype(np.int64)
        found = 2 * low
        doubt = np.flatnonzero(low != high)
        found[doubt] = self._compared(doubt, low[doubt], high[doubt], scale)
        cells = 2 * np.arange(self.points.size, dtype=np.int64) + 1
        cells[self._finite] = found + 2 * self._below
        return cells

    def ratio_near(self, scale: float) -> Fraction | None:
        """Return a quotient of two points of one sign that is close to `scale`; None for none."""
        floats = self.floats
        with np.errstate(all="ignore"):
            above = np.searchsorted(floats, floats / scale)
            pairs = np.stack([above, above - 1]).clip(0, max(floats.size - 1, 0))
            quotients = floats / floats[pairs]
            away = abs(quotients / scale - 1)
        away[~(quotients > 0)] = np.inf
        if not np.isfinite(away).any():
            return None
        side, over = divmod(int(np.argmin(away)), floats.size)
        return Fraction(int(self._whole[over]), int(self._whole[pairs[side, over]]))

    @cached_property
    def floats(self) -> NDArray[np.float64]:
        """The finite points, rounded to float64."""
        return self.points[self._finite].astype(np.float64)

    @cached_property
    def _finite(self) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = np.isfinite(self.points)
        return found

    @cached_property
    def _below(self) -> int:
        return int(np.count_nonzero(self.points == -np.inf))

    @cached_property
    def _whole(self) -> NDArray[Any]:
        """The finite points as Python integers, in a common unit that is a power of two."""
        finite = self.points[self._finite]
        if finite.dtype != np.float64:
            return finite.astype(object)
        ratios = [value.as_integer_ratio() for value in finite.tolist()]
        unit = max((below for _, below in ratios), default=1)
        return np.array([over * (unit // below) for over, below in ratios], object)

    def _compared(self, at: Int64s, low: Int64s, high: Int64s, scale: Fraction) -> Int64s:
        """Return the cells of some points whose quotients lie from point `low` to below `high`."""
        wanted = self._whole[at] * scale.denominator
        last = self._whole.size - 1
        while (low < high).any():
            middle = (low + high) // 2
            less = (self._whole[middle.clip(max=last)] * scale.numerator < wanted).astype(bool)
            less &= low < high
            low, high = np.where(less, middle + 1, low), np.where(less, high, middle)
        hit = self._whole[low.clip(max=last)] * scale.numerator == wanted
        cells: Int64s = 2 * low + (hit.astype(bool) & (low <= last))
        return cells
