"""What a column of times tells: how many independent rows dependent ones are worth.

Blocks of the clock (statistics note 4.2) give n_eff and, by `half_width`, how far a distance may
be from that of what the rows are drawn from: the smallest tolerance that could be shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat.comparison.met import Met
from karat.comparison.steps import rises, tells_time
from karat.distances import Distance
from karat.golden import half_width
from karat.states import EffectiveRows, ReferenceCounts, least_effective_rows
from karat.states.columns import Numbers

ALPHA = Fraction(1, 20)
CUTS = 64
BLOCKS = 384
"""Narrow blocks a file: 24 of the widest, and 20 are needed."""


@dataclass(frozen=True)
class Clock:
    """A column that tells the time of each row, never falling, on both sides."""

    name: str
    candidate: NDArray[np.int64]
    golden: NDArray[np.int64]

    @property
    def width(self) -> int:
        """How wide the narrowest blocks are, in the column's unit."""
        spans = [int(side[-1]) - int(side[0]) for side in (self.candidate, self.golden)]
        return max(1, min(spans) // BLOCKS)


@dataclass(frozen=True)
class Reach:
    """What the rows of both sides are worth, and what could be shown with them.

    `tolerance` is the upper bound of the distance and h together; None where blocks are too few.
    """

    candidate: Fraction | None
    golden: Fraction | None
    half_width: Fraction | None
    tolerance: Fraction | None


def clock_of(met: Met) -> Clock | None:
    """Return a column as the clock; None unless it is one.

    It must be of a time's type, or of integers with a name that says so (time, ts, ns ...), rise
    in golden, and neither fall nor lack a value anywhere.
    """
    sides = (met.candidate, met.golden)
    counted = all(side.values.dtype.kind == "i" for side in sides)
    if not (counted and tells_time(met) and rises(met) and all(side.values.size for side in sides)):
        return None
    whole = all(side.valid.all() and bool((np.diff(side.values) >= 0).all()) for side in sides)
    return Clock(met.name, met.candidate.values, met.golden.values) if whole else None


def reach(clock: Clock, met: Met, values: tuple[Any, Any], apart: Distance, cells: Any) -> Reach:
    """Return what `values` of candidate and golden are worth; a step has its later row's time."""
    coarse: ReferenceCounts = cells.coarser(CUTS)
    # Only ranks among the points matter, and small integers are quicker than floats.
    ranks = ReferenceCounts.from_golden(np.arange(coarse.points.size))
    statistic = EffectiveRows(ranks, clock.width)

    def worth(time: NDArray[np.int64], side: Numbers, rows: NDArray[Any]) -> Fraction | None:
        held = time[side.valid][-rows.size :] if rows.size else time[:0]
        above = np.searchsorted(coarse.points, rows).astype(np.int64)
        return least_effective_rows(statistic.observe(held, above))

    n = worth(clock.candidate, met.candidate, values[0])
    m = worth(clock.golden, met.golden, values[1])
    h = half_width(ALPHA, n, m)
    return Reach(n, m, h, None if h is None else apart.upper + h)
