"""Variance ratio: whether a price that moved is drawn on, or back."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import ClassVar

from karat.digest import digest
from karat.errors import InputError
from karat.states.columns import Column
from karat.states.difference import Difference
from karat.states.encoding import Reader, Writer
from karat.states.power_sums import PowerSums, PowerSumsState
from karat.states.whole_number import check_whole
from karat.states.windowed import Windowed, WindowedState

Sums = WindowedState[PowerSumsState]


@dataclass(frozen=True)
class VarianceRatioState:
    """Sums and squares of differences over one row, and over `steps` rows, overlapping."""

    steps: int
    one: Sums
    many: Sums

    def ratio(self) -> Fraction | None:
        """Return Var(x_{t+q} - x_t) / (q Var(x_{t+1} - x_t)), population variances.

        1 for a random walk, below 1 where moves turn back. None when there is no difference over
        q rows, or no variance over one.
        """
        one, many = self.one.inner.variance(), self.many.inner.variance()
        return None if many is None or not one else many / (self.steps * one)


@dataclass(frozen=True)
class VarianceRatio:
    """Variance of differences over `steps` rows against that over one, of an integer column.

    The column holds levels (a price in ticks); its difference over q rows is the sum of q returns.
    Raises `InputError` for `steps` below 1.
    """

    steps: int
    name: ClassVar[str] = "variance_ratio"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if check_whole(self.steps, "steps") < 1:
            raise InputError(f"a variance over {self.steps} rows: at least 1 is needed")

    @cached_property
    def one(self) -> Windowed[PowerSumsState]:
        """Sums over windows of two rows."""
        return Windowed(2, Difference(), PowerSums())

    @cached_property
    def many(self) -> Windowed[PowerSumsState]:
        """Sums over windows of `steps` + 1 rows."""
        return Windowed(self.steps + 1, Difference(), PowerSums())

    def key(self) -> str:
        """Return the digest of name, version and both windows."""
        return digest("statistic/1", self.name, self.version, self.one.key(), self.many.key())

    def empty(self) -> VarianceRatioState:
        """Return the state of no rows."""
        return VarianceRatioState(self.steps, self.one.empty(), self.many.empty())

    def observe(self, values: Column) -> VarianceRatioState:
        """Return the state of these levels; `InputError` for nulls or floats."""
        one, many = self.one.observe(values), self.many.observe(values)
        return VarianceRatioState(self.steps, one, many)

    def merge(self, a: VarianceRatioState, b: VarianceRatioState) -> VarianceRatioState:
        """Return the state of the rows of `a` followed by those of `b`."""
        one, many = self.one.merge(a.one, b.one), self.many.merge(a.many, b.many)
        return VarianceRatioState(self.steps, one, many)

    def encode(self, state: VarianceRatioState) -> bytes:
        """Return the bytes of a state."""
        writer = Writer(self.version).nested(self.one.encode(state.one))
        return writer.nested(self.many.encode(state.many)).data()

    def decode(self, data: bytes) -> VarianceRatioState:
        """Return the state of these bytes; `CorruptError` when they are none."""
        reader = Reader(data, self.version, self.name)
        one, many = reader.nested(), reader.nested()
        reader.end()
        return VarianceRatioState(self.steps, self.one.decode(one), self.many.decode(many))
