"""The steps of a golden and of the rows, and how far apart they are when the golden is scaled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat.states import Counts, ReferenceCounts
from karat.states.encoding import Int64s

LARGEST = int(np.iinfo(np.int64).max)

Numbers = NDArray[Any]


@dataclass(frozen=True)
class Steps:
    """Both distribution functions in units of 1 / (golden rows x rows).

    `stat` gives F by cell, a lower and an upper bound of F and of its left limit; `state` gives G
    and its left limit at the points.
    """

    stat: ReferenceCounts
    state: Counts

    @cached_property
    def whole(self) -> int:
        """What stands for probability 1."""
        return self.stat.rows * self.state.rows

    def _wide(self, values: Int64s) -> Numbers:
        return values if self.whole <= LARGEST else values.astype(object)

    @cached_property
    def _rows(self) -> Numbers:
        counts = np.zeros(self.stat.golden.size, np.int64)
        counts[self.state.cells] = self.state.counts
        rows: Numbers = self._wide(np.cumsum(counts)) * self.stat.rows
        return rows

    @cached_property
    def at(self) -> Numbers:
        """G at each point."""
        return self._rows[1::2]

    @cached_property
    def before(self) -> Numbers:
        """Left limit of G at each point."""
        return self._rows[:-1:2]

    @cached_property
    def end(self) -> Numbers:
        """F at the upper end of each cell, so the highest that it is in the cell."""
        end: Numbers = self._wide(self.stat.cumulative) * self.state.rows
        return end

    @cached_property
    def begin(self) -> Numbers:
        """F below each cell, so the lowest left limit in the cell."""
        begin: Numbers = self.end - self._wide(self.stat.golden) * self.state.rows
        return begin

    @cached_property
    def low(self) -> Numbers:
        """Lowest that F is in each cell: at a point it is known."""
        return _by_turns(self.begin, self.end)

    @cached_property
    def left_high(self) -> Numbers:
        """Highest left limit of F in each cell: at a point it is known."""
        return _by_turns(self.end, self.begin)

    def bounds(self, cells: Int64s) -> tuple[int, int]:
        """Return what the supremum at one scale lies between; `cells` are those of point/s."""
        low, end, begin, left_high = (
            table[cells] for table in (self.low, self.end, self.begin, self.left_high)
        )
        over = np.append(left_high, self.whole) - np.append(0, self.at)
        under = np.append(self.before, self.whole) - np.append(0, low)
        high = max(over.max(), under.max(), (end - self.at).max(), (self.before - begin).max())
        return self._least(low, end, begin, left_high), int(high)

    def least(self, small: Int64s, large: Int64s, moving: NDArray[np.bool_]) -> int:
        """Return a lower bound of the supremum at all scales between two.

        Points that move lie above where `small` says and below where `large` says.
        """
        low, left_high = self.low[small], self.left_high[large]
        end = np.where(moving, left_high, self.end[large])
        begin = np.where(moving, low, self.begin[small])
        return self._least(low, end, begin, left_high)

    def _least(self, low: Numbers, end: Numbers, begin: Numbers, left_high: Numbers) -> int:
        right = max((low - self.at).max(), (self.at - end).max())
        left = max((begin - self.before).max(), (self.before - left_high).max())
        return max(int(right), int(left), 0)


def _by_turns(gaps: Numbers, points: Numbers) -> Numbers:
    """Return `gaps` with its odd places, which are points, taken from `points`."""
    both = gaps.copy()
    both[1::2] = points[1::2]
    return both
