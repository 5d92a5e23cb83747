"""Waiting times between neighbouring rows, counted in golden cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from karat.states.counts import Counts
from karat.states.difference import Difference
from karat.states.statistic import Statistic
from karat.states.windowed import OverWindows, Windowed


@dataclass(frozen=True)
class InterArrival(OverWindows[Counts]):
    """Steps of a time column from row to row, in its unit, counted by `counted`.

    A step back is negative and counted too. `counted` is `ReferenceCounts` of golden steps, or
    `Categories`.

    >>> import numpy as np
    >>> from karat.states import Categories
    >>> InterArrival(Categories()).observe(np.array([100, 130, 130])).inner.cells.tolist()
    [0, 30]
    """

    counted: Statistic[Counts]
    name: ClassVar[str] = "inter_arrival"
    version: ClassVar[int] = 1

    @cached_property
    def windowed(self) -> Windowed[Counts]:
        """Windows of two rows."""
        return Windowed(2, Difference(), self.counted)
