"""Branch and bound over the scales of a golden: certain bounds of the least distance."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np

from karat.distances.scaled_cells import ScaledCells
from karat.distances.scaled_steps import Steps
from karat.states import Counts, ReferenceCounts
from karat.states.encoding import Int64s

WIDEST = Fraction(2**64)
LEAST_SPLITS = 64
WORK = 2**19
"""Intervals are split `WORK` / points times, and `LEAST_SPLITS` times at least."""


def search(stat: ReferenceCounts, state: Counts) -> tuple[int, int, Fraction]:
    """Return bounds of the scale-free distance and its best scale.

    The bounds are in units of 1 / (golden rows x rows), of which there is at least one.
    """
    found = Search(Steps(stat, state), ScaledCells(stat.points))
    found.start()
    splits = max(LEAST_SPLITS, WORK // (stat.points.size + 1))
    while found.open and splits:
        found.split()
        splits -= 1
    return found.least(), found.upper, found.scale


class Between(NamedTuple):
    """An open interval of scales, ordered by the least that the supremum can be in it."""

    least: int
    order: int
    low: Fraction
    high: Fraction
    at_low: Int64s
    at_high: Int64s


@dataclass
class Search:
    """Intervals that may hold less than `lower`, and the best that single scales gave."""

    steps: Steps
    scaled: ScaledCells
    open: list[Between] = field(default_factory=list)
    lower: int = -1
    upper: int = -1
    scale: Fraction = Fraction(1)
    order: int = 0

    def start(self) -> None:
        """Look at scale 1 and at the two scales beyond which nothing changes."""
        one, at_one = Fraction(1), self.look(Fraction(1))
        if self.scaled.moving.any():
            most = min(2 * self.scaled.largest_ratio, WIDEST)
            at_least, at_most = self.look(1 / most), self.look(most)
            self.add(1 / most, one, at_least, at_one)
            self.add(one, most, at_one, at_most)

    def look(self, scale: Fraction) -> Int64s:
        """Take note of one scale; return the cells of point / scale."""
        cells = self.scaled.cells(scale)
        lower, upper = self.steps.bounds(cells)
        self.lower = lower if self.lower < 0 else min(self.lower, lower)
        if self.upper < 0 or upper < self.upper:
            self.upper, self.scale = upper, scale
        return cells

    def add(self, low: Fraction, high: Fraction, at_low: Int64s, at_high: Int64s) -> None:
        """Keep the interval between two scales. Of equal bounds the latest is looked at first."""
        least = self.steps.least(*self._sides(at_low, at_high), self.scaled.moving)
        self.order -= 1
        heappush(self.open, Between(least, self.order, low, high, at_low, at_high))

    def split(self) -> None:
        """Cut the interval of the least bound, or settle it when nothing changes inside.

        When no interval can hold less than `lower`, none is left open.
        """
        one = heappop(self.open)
        if one.least >= self.lower:
            self.open.clear()
            return
        small, large = self._sides(one.at_low, one.at_high)
        cut = (one.low + one.high) / 2
        if (small + small % 2 >= large - large % 2)[self.scaled.moving].all():
            self.look(cut)
            return
        near = self.scaled.ratio_near(float(one.low) ** 0.5 * float(one.high) ** 0.5)
        if near is not None and one.low < near < one.high:
            cut = near
        cells = self.look(cut)
        self.add(one.low, cut, one.at_low, cells)
        self.add(cut, one.high, cells, one.at_high)

    def least(self) -> int:
        """Return what the supremum is at least, at any scale."""
        return min(self.lower, self.open[0].least) if self.open else self.lower

    def _sides(self, at_low: Int64s, at_high: Int64s) -> tuple[Int64s, Int64s]:
        """Return the cells nearer to minus infinity and nearer to plus infinity."""
        above = self.scaled.points > 0
        return np.where(above, at_high, at_low), np.where(above, at_low, at_high)
