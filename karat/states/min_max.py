"""The least and the largest value of a column, and where to find them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from karat.digest import digest
from karat.errors import CorruptError, InputError
from karat.states.columns import Column, dense, integers
from karat.states.encoding import Int64s, Reader, Writer
from karat.states.piecewise import piecewise


class Extreme(NamedTuple):
    """A value and the smallest locator of the rows that hold it."""

    value: int
    locator: int


@dataclass(frozen=True)
class MinMaxState:
    """Rows with a value, rows without, and both extremes; None for no rows with a value."""

    count: int = 0
    nulls: int = 0
    least: Extreme | None = None
    largest: Extreme | None = None


@dataclass(frozen=True)
class MinMax:
    """The least and the largest value of an integer column; nulls are counted apart.

    Of equal values the one with the smallest locator is kept, so the order of rows is free.

    >>> MinMax().observe(np.array([5, 2, 2]), np.array([70, 72, 71])).least
    Extreme(value=2, locator=71)
    """

    name: ClassVar[str] = "min_max"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = False

    def key(self) -> str:
        """Return the digest of name and version."""
        return digest("statistic/1", self.name, self.version)

    def empty(self) -> MinMaxState:
        """Return the state of no rows."""
        return MinMaxState()

    @piecewise(24)
    def observe(self, values: Column, locator: Column) -> MinMaxState:
        """Return the extremes of a column; `locator` is an integer a row (an update id).

        Raises `InputError` for floats, columns of unequal length, or a locator with nulls.
        """
        found, at = dense(values), integers(locator, "locator")
        rows, valid = found
        if valid.size != at.size:
            raise InputError(f"{valid.size} values and {at.size} locators: one of each a row")
        if not rows.size:
            return MinMaxState(nulls=valid.size)
        if rows.dtype.kind != "i":
            raise InputError("the column holds floats: cast it to int64")
        ends = (_extreme(rows, at[valid], value) for value in (rows.min(), rows.max()))
        return MinMaxState(rows.size, valid.size - rows.size, *ends)

    def merge(self, a: MinMaxState, b: MinMaxState) -> MinMaxState:
        """Return the state of the rows of both."""
        lows = [end for end in (a.least, b.least) if end]
        highs = [end for end in (a.largest, b.largest) if end]
        largest = min(highs, key=lambda end: (-end.value, end.locator), default=None)
        return MinMaxState(a.count + b.count, a.nulls + b.nulls, min(lows, default=None), largest)

    def encode(self, state: MinMaxState) -> bytes:
        """Return the bytes of a state."""
        writer = Writer(self.version).integers(state.count, state.nulls)
        return writer.optional(state.least).optional(state.largest).data()

    def decode(self, data: bytes) -> MinMaxState:
        """Return the state of these bytes; `CorruptError` when they are none."""
        reader = Reader(data, self.version, self.name)
        count, nulls = reader.integers(2)
        least, largest = (reader.optional(len(Extreme._fields)) for _ in range(2))
        reader.end()
        apart = {bool(count), bool(least), bool(largest)}
        if len(apart) > 1 or min(count, nulls) < 0 or (least and largest and least[0] > largest[0]):
            raise CorruptError(f"{self.name}: {count} rows do not have these; compute it again")
        ends = (Extreme(*end) if end else None for end in (least, largest))
        return MinMaxState(count, nulls, *ends)


def _extreme(rows: Int64s, at: Int64s, value: np.int64) -> Extreme:
    return Extreme(int(value), int(at[rows == value].min()))
