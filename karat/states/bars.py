"""Bars of a clock: prices and volume second by second, and what they look like together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

import numpy as np

from karat.digest import digest
from karat.errors import CorruptError, InputError
from karat.states.bar import VALUES, Bar, bars_of
from karat.states.columns import Column
from karat.states.difference import LEAST, MOST
from karat.states.encoding import Reader, Writer
from karat.states.ends import Ends, glue
from karat.states.piecewise import piecewise
from karat.states.rows import stacked
from karat.states.statistic import Statistic
from karat.states.whole_number import check_whole

S = TypeVar("S")


@dataclass(frozen=True)
class BarsState(Generic[S]):
    """The first and the last bar, which may go on beyond the rows, and the `closed` bars between.

    `inner` is the state of the values of the closed bars.
    """

    ends: Ends[Bar]
    closed: int
    inner: S


@dataclass(frozen=True)
class Bars(Generic[S]):
    """`of` each bar `width` wide (in the unit of the time column), counted or summed by `inner`.

    `of` is the bar's ``range``, ``change``, ``volume`` or number of ``rows``; what int64 cannot
    hold counts as the least or the largest that it can. A bucket without rows is no bar, and a
    time that goes back begins another. `inner` meets the bars in the order of the rows. Raises
    `InputError` for a width below 1 or another `of`.
    """

    width: int
    of: str
    inner: Statistic[S]
    name: ClassVar[str] = "bars"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if check_whole(self.width, "width") < 1:
            raise InputError(f"bars are {self.width} wide: at least 1 is needed")
        if self.of not in VALUES:
            raise InputError(f"{self.of!r} of a bar: one of {', '.join(VALUES)} is needed")

    def key(self) -> str:
        """Return the digest of name, version, width, value and inner statistic."""
        parts = self.width, self.of, self.inner.key()
        return digest("statistic/1", self.name, self.version, *parts)

    def empty(self) -> BarsState[S]:
        """Return the state of no rows."""
        return BarsState(Ends(None, None), 0, self.inner.empty())

    @piecewise(280)
    def observe(self, time: Column, price: Column, size: Column) -> BarsState[S]:
        """Return the bars of these rows; `InputError` for nulls, floats or unequal lengths."""
        rows = stacked((time, price, size))
        bars = bars_of(rows[:, 0] // self.width, rows[:, 1], rows[:, 2])
        if not bars:
            return self.empty()
        ends = Ends(bars[0], bars[-1] if len(bars) > 1 else None)
        return BarsState(ends, len(bars[1:-1]), self._values(bars[1:-1]))

    def merge(self, a: BarsState[S], b: BarsState[S]) -> BarsState[S]:
        """Return the state of the rows of `a` followed by those of `b`."""
        ends, closed = glue(a.ends, b.ends, Bar.join)
        inner = self.inner.merge(self.inner.merge(a.inner, self._values(closed)), b.inner)
        return BarsState(ends, a.closed + len(closed) + b.closed, inner)

    def encode(self, state: BarsState[S]) -> bytes:
        """Return the bytes of a state."""
        writer = Writer(self.version).integer(state.closed)
        for end in state.ends:
            writer.optional(end)
        return writer.nested(self.inner.encode(state.inner)).data()

    def decode(self, data: bytes) -> BarsState[S]:
        """Return the state of these bytes; `CorruptError` when they are none."""
        reader = Reader(data, self.version, self.name)
        closed = reader.integer()
        first, last = (reader.optional(len(Bar._fields)) for _ in Ends._fields)
        inner = reader.nested()
        reader.end()
        if closed < 0 or (last and not first) or (closed and not last):
            raise CorruptError(f"{self.name}: {closed} bars have other ends; compute it again")
        ends = Ends(*(Bar(*end) if end else None for end in (first, last)))
        return BarsState(ends, closed, self.inner.decode(inner))

    def _values(self, bars: list[Bar]) -> S:
        values = [min(max(VALUES[self.of](bar), int(LEAST)), int(MOST)) for bar in bars]
        return self.inner.observe(np.array(values, np.int64))
