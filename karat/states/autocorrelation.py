"""Autocorrelation of an integer column: signs, sizes of returns, depth.

The sums are kept raw, as integers of any size, so nothing rounds before the very end:
with S1 = sum x, S2 = sum x^2, C_k = sum x_t x_{t+k}, H_k and T_k the sums of the first and the
last k values and m = S1 / n,

    rho_k = [C_k - m ((S1 - T_k) + (S1 - H_k)) + (n - k) m^2] / (S2 - n m^2).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np

from karat.digest import digest
from karat.errors import CorruptError, InputError
from karat.states.columns import Column, integers
from karat.states.encoding import Reader, Writer
from karat.states.exact_sums import lagged_products, power_sum
from karat.states.piecewise import piecewise, plain
from karat.states.whole_number import check_whole

Values = tuple[int, ...]


@dataclass(frozen=True)
class AcfState:
    """Sums of `count` values; `products` has one sum a lag, of x_t x_{t+1}, x_t x_{t+2}, ...

    `head` and `tail` are the first and the last values, as many as there are lags, or as rows.
    """

    count: int
    total: int
    squares: int
    products: Values
    head: Values
    tail: Values

    def correlation(self, lag: int) -> Fraction | None:
        """Return rho at a lag of 1 or more; None for `lag` rows or fewer, or for equal values.

        Raises `InputError` for a lag that was not kept.
        """
        if not 1 <= lag <= len(self.products):
            raise InputError(f"lag {lag} is none of 1 to {len(self.products)}")
        n, total = self.count, self.total
        spread = n * self.squares - total**2
        if n <= lag or not spread:
            return None
        ends = sum(self.head[:lag]) + sum(self.tail[-lag:])
        product = n**2 * self.products[lag - 1] - n * total * (2 * total - ends)
        return Fraction(product + (n - lag) * total**2, n * spread)

    def correlations(self) -> tuple[float, ...]:
        """Return rho at every lag, in order; NaN where it is unknown."""
        found = (self.correlation(lag + 1) for lag in range(len(self.products)))
        return tuple(float("nan") if rho is None else float(rho) for rho in found)


@dataclass(frozen=True)
class ACF:
    """Autocorrelation at lags 1 to `lags`. Raises `InputError` for `lags` below 1.

    >>> ACF(1).observe(np.array([1, -1, 1, -1])).correlation(1)
    Fraction(-3, 4)
    """

    lags: int
    name: ClassVar[str] = "autocorrelation"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if check_whole(self.lags, "lags") < 1:
            raise InputError(f"{self.lags} lags: at least 1 is needed")

    def key(self) -> str:
        """Return the digest of name, version and number of lags."""
        return digest("statistic/1", self.name, self.version, self.lags)

    def empty(self) -> AcfState:
        """Return the state of no rows."""
        return AcfState(0, 0, 0, (0,) * self.lags, (), ())

    @piecewise(16, plain)
    def observe(self, values: Column) -> AcfState:
        """Return the sums of an integer column; `InputError` for nulls or floats."""
        column = integers(values, "values")
        squares, *products = lagged_products(column, range(self.lags + 1))
        head, tail = column[: self.lags], column[max(column.size - self.lags, 0) :]
        ends = tuple(head.tolist()), tuple(tail.tolist())
        return AcfState(column.size, power_sum(column, 1), squares, tuple(products), *ends)

    def merge(self, a: AcfState, b: AcfState) -> AcfState:
        """Return the state of the rows of `a` followed by those of `b`."""
        border = zip(a.products, b.products, self._across(a.tail, b.head), strict=True)
        return AcfState(
            a.count + b.count,
            a.total + b.total,
            a.squares + b.squares,
            tuple(map(sum, border)),
            (a.head + b.head)[: self.lags],
            (a.tail + b.tail)[-self.lags :],
        )

    def encode(self, state: AcfState) -> bytes:
        """Return the bytes of a state."""
        writer = Writer(self.version).integers(state.count, state.total, state.squares)
        writer.integers(*state.products)
        return (
            writer.array(np.array(state.head, np.int64))
            .array(np.array(state.tail, np.int64))
            .data()
        )

    def decode(self, data: bytes) -> AcfState:
        """Return the state of these bytes; `CorruptError` when they are none."""
        reader = Reader(data, self.version, self.name)
        count, total, squares = reader.integers(3)
        products = reader.integers(self.lags)
        head, tail = (tuple(reader.array().tolist()) for _ in "ht")
        reader.end()
        kept = min(count, self.lags)
        if not len(head) == len(tail) == kept or (kept == count and head != tail):
            raise CorruptError(f"{self.name}: {count} rows have other ends; compute it again")
        return AcfState(count, total, squares, products, head, tail)

    def _across(self, tail: Values, head: Values) -> Values:
        """Return what pairs of values from both sides of a border add to each lag."""
        lags = range(1, self.lags + 1)
        ends = (np.array(part, np.int64) for part in (tail + head, tail, head))
        both, left, right = (lagged_products(end, lags) for end in ends)
        return tuple(x - y - z for x, y, z in zip(both, left, right, strict=True))
