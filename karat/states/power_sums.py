"""Sums of powers of an integer column: count, mean and variance without rounding."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np

from karat.digest import digest
from karat.errors import CorruptError, InputError
from karat.states.columns import Column, dense
from karat.states.encoding import Reader, Writer
from karat.states.exact_sums import power_sums
from karat.states.piecewise import piecewise, plain
from karat.states.whole_number import check_whole

HIGHEST = 4


@dataclass(frozen=True)
class PowerSumsState:
    """`sums` of the first powers, the second, and so on, of `count` values; `nulls` rows more."""

    count: int
    nulls: int
    sums: tuple[int, ...]

    def mean(self) -> Fraction | None:
        """Return the mean in the column's unit; None for no rows."""
        return Fraction(self.sums[0], self.count) if self.count else None

    def variance(self) -> Fraction | None:
        """Return the population variance in the column's unit squared; None for no rows."""
        total, squares, count = self.sums[0], self.sums[1], self.count
        return Fraction(count * squares - total**2, count**2) if count else None


@dataclass(frozen=True)
class PowerSums:
    """Sums of x, x^2, ... up to x^order as integers of any size; order is 1 to 4.

    >>> PowerSums().observe(np.array([1, 2, 6])).variance()
    Fraction(14, 3)
    """

    order: int = 2
    name: ClassVar[str] = "power_sums"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not 1 <= check_whole(self.order, "order") <= HIGHEST:
            raise InputError(f"powers up to {self.order}: the highest is 1 to {HIGHEST}")

    def key(self) -> str:
        """Return the digest of name, version and order."""
        return digest("statistic/1", self.name, self.version, self.order)

    def empty(self) -> PowerSumsState:
        """Return the state of no rows."""
        return PowerSumsState(0, 0, (0,) * self.order)

    @piecewise(40, plain)
    def observe(self, values: Column) -> PowerSumsState:
        """Return the sums of an integer column; `InputError` for a column of floats."""
        present, valid = dense(values)
        if present.dtype.kind != "i" and present.size:
            raise InputError("sums are of integers, this column holds floats: cast it")
        whole = present.astype(np.int64, copy=False)
        sums = power_sums(whole, self.order)
        return PowerSumsState(whole.size, valid.size - whole.size, sums)

    def merge(self, a: PowerSumsState, b: PowerSumsState) -> PowerSumsState:
        """Return the sums of the rows of both."""
        return _plus(a, b, 1)

    def subtract(self, a: PowerSumsState, b: PowerSumsState) -> PowerSumsState:
        """Return the sums of `a` without the rows of `b`; `InputError` when `a` has fewer."""
        if a.count < b.count or a.nulls < b.nulls:
            raise InputError("cannot subtract a state that holds rows the other has not")
        return _plus(a, b, -1)

    def encode(self, state: PowerSumsState) -> bytes:
        """Return the bytes of a state."""
        return Writer(self.version).integers(state.count, state.nulls, *state.sums).data()

    def decode(self, data: bytes) -> PowerSumsState:
        """Return the state of these bytes; `CorruptError` when they are none."""
        reader = Reader(data, self.version, self.name)
        count, nulls = reader.integers(2)
        sums = reader.integers(self.order)
        reader.end()
        if count < 0 or nulls < 0 or (any(sums) and not count):
            raise CorruptError(f"{self.name}: {count} rows cannot have these sums")
        return PowerSumsState(count, nulls, sums)


def _plus(a: PowerSumsState, b: PowerSumsState, times: int) -> PowerSumsState:
    sums = tuple(x + times * y for x, y in zip(a.sums, b.sums, strict=True))
    return PowerSumsState(a.count + times * b.count, a.nulls + times * b.nulls, sums)
