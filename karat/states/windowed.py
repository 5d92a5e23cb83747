"""Windows of neighbouring rows as a statistic: any function of a window, summed by another.

The windows of two pieces put together are those inside the first, those inside the second, and
those that straddle the border, which lie in the last rows of the first and the first rows of the
second. So it is enough to keep these rows beside what the windows gave.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Generic, Protocol, TypeVar

import numpy as np

from karat.digest import digest
from karat.errors import CorruptError, InputError
from karat.states.columns import Column
from karat.states.encoding import Int64s, Reader, Writer
from karat.states.piecewise import piecewise, plain
from karat.states.rows import Row, as_rows, checked, side_by_side
from karat.states.scratch import lent
from karat.states.statistic import Statistic
from karat.states.whole_number import check_whole

S = TypeVar("S")


class WindowFunction(Protocol):
    """A value of each window of `width` rows, for all windows of an array at once.

    One that needs no rows side by side may have ``of_columns(columns, width)`` as well: the same of
    a list of columns, as a list of columns.
    """

    def key(self) -> str:
        """Return the digest of the function's name, version and parameters."""

    def __call__(self, rows: Int64s, width: int) -> Int64s:
        """Return n - width + 1 values of n >= width rows, shape (n, columns), in their order.

        One value a window, or a row of them. They depend on nothing but the window.
        """


@dataclass(frozen=True)
class WindowedState(Generic[S]):
    """Windows of `count` rows.

    `head` and `tail` are the first and the last rows, one less than the width of them or as many
    as there are; `inner` is the state of the values of all windows.
    """

    count: int
    head: tuple[Row, ...]
    tail: tuple[Row, ...]
    inner: S


@dataclass(frozen=True)
class Windowed(Generic[S]):
    """`function` of every window of `width` neighbouring rows, counted or summed by `inner`.

    `inner` meets the windows in the order of the rows, so it may be an ordered one. Raises
    `InputError` for a width below 1.
    """

    width: int
    function: WindowFunction
    inner: Statistic[S]
    name: ClassVar[str] = "windowed"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if check_whole(self.width, "width") < 1:
            raise InputError(f"windows of {self.width} rows: at least 1 is needed")

    def key(self) -> str:
        """Return the digest of name, version, width, function and inner statistic."""
        parts = self.width, self.function.key(), self.inner.key()
        return digest("statistic/1", self.name, self.version, *parts)

    def empty(self) -> WindowedState[S]:
        """Return the state of no rows."""
        return WindowedState(0, (), (), self.inner.empty())

    @piecewise(32, plain)
    def observe(self, *columns: Column) -> WindowedState[S]:
        """Return the state of these rows, of one integer column or several.

        Raises `InputError` for nulls, floats, or columns of unequal length.
        """
        arrays = checked(columns)
        return self.around(arrays, self._windows(arrays))

    def around(self, columns: list[Int64s], inner: S) -> WindowedState[S]:
        """Return the state of these rows, of whose windows `inner` is the state."""
        count, keep = columns[0].size, self.width - 1
        ends = (slice(keep), slice(max(count - keep, 0), count))
        head, tail = (
            tuple(zip(*(array[part].tolist() for array in columns), strict=True)) for part in ends
        )
        return WindowedState(count, head, tail, inner)

    def merge(self, a: WindowedState[S], b: WindowedState[S]) -> WindowedState[S]:
        """Return the state of the rows of `a` followed by those of `b`."""
        if not (a.count and b.count):
            return a if a.count else b
        keep, inner, border = self.width - 1, a.inner, a.tail + b.head
        if len(border) >= self.width:  # windows across the border lie between those of both
            inner = self.inner.merge(inner, self._windows(list(np.array(border, np.int64).T)))
        inner = self.inner.merge(inner, b.inner)
        tail = (a.tail + b.tail)[-keep:] if keep else ()
        return WindowedState(a.count + b.count, (a.head + b.head)[:keep], tail, inner)

    def encode(self, state: WindowedState[S]) -> bytes:
        """Return the bytes of a state."""
        columns = len(state.head[0]) if state.head else 0
        writer = Writer(self.version).integers(state.count, columns)
        for rows in (state.head, state.tail):
            writer.array(np.array(rows, np.int64).reshape(-1))
        return writer.nested(self.inner.encode(state.inner)).data()

    def decode(self, data: bytes) -> WindowedState[S]:
        """Return the state of these bytes; `CorruptError` when they are none."""
        reader = Reader(data, self.version, self.name)
        count, columns = reader.integers(2)
        ends, inner = (reader.array(), reader.array()), reader.nested()
        reader.end()
        kept = min(count, self.width - 1)
        if kept < 0 or (kept > 0) != (columns > 0) or {e.size for e in ends} != {kept * columns}:
            raise CorruptError(f"{self.name}: {count} rows have other ends; compute it again")
        head, tail = (as_rows(end.reshape(kept, -1)) if kept else () for end in ends)
        if kept == count and head != tail:
            raise CorruptError(f"{self.name}: head and tail of {count} rows differ")
        return WindowedState(count, head, tail, self.inner.decode(inner))

    def _windows(self, columns: list[Int64s]) -> S:
        if columns[0].size < self.width:
            return self.inner.empty()
        with lent(self.inner, self.function):
            if of_columns := getattr(self.function, "of_columns", None):
                return self.inner.observe(*of_columns(columns, self.width))
            values = self.function(side_by_side(columns), self.width)
            return self.inner.observe(*(values.T if values.ndim > 1 else [values]))


class OverWindows(ABC, Generic[S]):
    """A statistic that is `Windowed` under a name and with parameters of its own."""

    name: ClassVar[str]
    version: ClassVar[int]
    ordered: ClassVar[bool] = True

    def __post_init__(self) -> None:
        # Wrong parameters are refused where they are given, not at the first row.
        self.windowed.empty()

    @property
    @abstractmethod
    def windowed(self) -> Windowed[S]:
        """The windows that make the states."""

    def key(self) -> str:
        """Return the digest of name, version and windows."""
        return digest("statistic/1", self.name, self.version, self.windowed.key())

    def empty(self) -> WindowedState[S]:
        """Return the state of no rows."""
        return self.windowed.empty()

    def observe(self, *columns: Column) -> WindowedState[S]:
        """Return the state of these rows; `InputError` for nulls, floats or unequal lengths."""
        return self.windowed.observe(*columns)

    def merge(self, a: WindowedState[S], b: WindowedState[S]) -> WindowedState[S]:
        """Return the state of the rows of `a` followed by those of `b`."""
        return self.windowed.merge(a, b)

    def encode(self, state: WindowedState[S]) -> bytes:
        """Return the bytes of a state."""
        return self.windowed.encode(state)

    def decode(self, data: bytes) -> WindowedState[S]:
        """Return the state of these bytes; `CorruptError` when they are none."""
        return self.windowed.decode(data)
