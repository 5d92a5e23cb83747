"""Sums of int64 values by cell, exact: integers of up to 127 bits as two columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat.states.encoding import Int64s
from karat.states.scratch import room

HALF_BITS = 32
LOW = (1 << HALF_BITS) - 1


@dataclass(frozen=True, eq=False)
class WideSums:
    """Sums ``high * 2**32 + low``, 0 <= `low` < 2**32: each number has one form only.

    Certain while fewer than 2**31 rows, or merged sums of that many, are added.
    """

    high: Int64s
    low: Int64s

    @classmethod
    def of_runs(cls, values: Int64s, starts: Int64s) -> WideSums:
        """Return the sums of `values` from each of `starts` to the next."""
        if not starts.size:
            return cls(np.empty(0, np.int64), np.empty(0, np.int64))
        half = room(values.size)
        high = np.add.reduceat(np.right_shift(values, HALF_BITS, out=half), starts)
        return cls._carried(high, np.add.reduceat(np.bitwise_and(values, LOW, out=half), starts))

    @classmethod
    def grouped(cls, cells: Int64s, high: Int64s, low: Int64s) -> tuple[Int64s, WideSums]:
        """Return the different cells, ascending, and the sums of what stands beside each."""
        order = np.argsort(cells, kind="stable")
        ordered = cells[order]
        new = np.append(True, ordered[1:] != ordered[:-1])[: ordered.size]
        starts = np.flatnonzero(new)
        if not starts.size:
            return cells, cls(high, low)
        sums = (np.add.reduceat(part[order], starts) for part in (high, low))
        return ordered[starts], cls._carried(*sums)

    @classmethod
    def of_whole(cls, numbers: NDArray[Any]) -> WideSums:
        """Return Python integers of up to 95 bits."""
        parts = (numbers >> HALF_BITS, numbers & LOW)
        return cls(*(part.astype(np.int64) for part in parts))

    @classmethod
    def _carried(cls, high: Int64s, low: Int64s) -> WideSums:
        return cls(high + (low >> HALF_BITS), low & LOW)

    def whole(self) -> NDArray[Any]:
        """Return the sums as Python integers."""
        found: NDArray[Any] = self.high.astype(object) * (LOW + 1) + self.low
        return found

    def take(self, chosen: NDArray[Any]) -> WideSums:
        """Return some of the sums, by flags or places."""
        return WideSums(self.high[chosen], self.low[chosen])

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, WideSums)
            and np.array_equal(self.high, other.high)
            and np.array_equal(self.low, other.low)
        )

    def __hash__(self) -> int:
        return hash((self.high.tobytes(), self.low.tobytes()))
