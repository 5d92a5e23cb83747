"""Drawdown: the furthest a price falls below what it was before, and rises above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from karat.digest import digest
from karat.errors import CorruptError
from karat.states.columns import Column, integers
from karat.states.encoding import Int64s, Reader, Writer
from karat.states.piecewise import piecewise


@dataclass(frozen=True)
class DrawdownState:
    """`count` rows between `least` and `largest`; the deepest fall and the highest rise, 0 or more.

    All but `count` mean nothing without rows, and are 0.
    """

    count: int = 0
    least: int = 0
    largest: int = 0
    fall: int = 0
    rise: int = 0


@dataclass(frozen=True)
class Drawdown:
    """The largest x_s - x_t and x_t - x_s over rows s before t, of an integer column.

    >>> Drawdown().observe(np.array([4, 9, 2, 6]))
    DrawdownState(count=4, least=2, largest=9, fall=7, rise=5)
    """

    name: ClassVar[str] = "drawdown"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = True

    def key(self) -> str:
        """Return the digest of name and version."""
        return digest("statistic/1", self.name, self.version)

    def empty(self) -> DrawdownState:
        """Return the state of no rows."""
        return DrawdownState()

    @piecewise(32)
    def observe(self, values: Column) -> DrawdownState:
        """Return the state of these levels; `InputError` for nulls or floats."""
        rows = integers(values, "values")
        if not rows.size:
            return self.empty()
        # ~x falls where x rises and differs by as much: one way of looking serves both.
        ends = int(rows.min()), int(rows.max())
        return DrawdownState(rows.size, *ends, _deepest(rows), _deepest(~rows))

    def merge(self, a: DrawdownState, b: DrawdownState) -> DrawdownState:
        """Return the state of the rows of `a` followed by those of `b`."""
        if not (a.count and b.count):
            return a if a.count else b
        return DrawdownState(
            a.count + b.count,
            min(a.least, b.least),
            max(a.largest, b.largest),
            max(a.fall, b.fall, a.largest - b.least),
            max(a.rise, b.rise, b.largest - a.least),
        )

    def encode(self, state: DrawdownState) -> bytes:
        """Return the bytes of a state."""
        ends = state.least, state.largest
        return Writer(self.version).integers(state.count, *ends, state.fall, state.rise).data()

    def decode(self, data: bytes) -> DrawdownState:
        """Return the state of these bytes; `CorruptError` when they are none."""
        reader = Reader(data, self.version, self.name)
        count, least, largest, fall, rise = reader.integers(5)
        reader.end()
        span = largest - least
        if count < 0 or not (0 <= fall <= span and 0 <= rise <= span) or span > max(fall, rise):
            raise CorruptError(f"{self.name}: no {count} rows have these; compute it again")
        return DrawdownState(count, least, largest, fall, rise)


def _deepest(rows: Int64s) -> int:
    # Two's complement: the difference of two int64 that is not negative is exact as a uint64.
    below = np.maximum.accumulate(rows).view(np.uint64) - rows.view(np.uint64)
    return int(below.max())
