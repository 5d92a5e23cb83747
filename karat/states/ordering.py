"""Rows that come before their turn: how many are less than the row ahead, and where the first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from karat.digest import digest
from karat.errors import CorruptError, InputError
from karat.states.columns import Column, dense, integers
from karat.states.encoding import Reader, Writer
from karat.states.kernels import pays
from karat.states.picked import FEW, all_true, beside
from karat.states.piecewise import piecewise, plain


class Borders(NamedTuple):
    """Value and locator of the first row, value of the last: what neighbours are held against."""

    first: int
    locator: int
    last: int


@dataclass(frozen=True)
class OrderingState:
    """Rows with a value, how many of them are out of order, and the locator of the first of these.

    `borders` is None for no rows.
    """

    checked: int = 0
    violations: int = 0
    first: int | None = None
    borders: Borders | None = None


@dataclass(frozen=True)
class Ordering:
    """No row is less than the one before it; `rising`: nor equal to it. Nulls are passed over.

    >>> Ordering(rising=True).observe(np.array([4, 7, 7]), np.array([90, 91, 92])).first
    92
    """

    rising: bool
    name: ClassVar[str] = "ordering"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = True

    def key(self) -> str:
        """Return the digest of name, version and whether equal rows are in order."""
        return digest("statistic/1", self.name, self.version, int(self.rising))

    def empty(self) -> OrderingState:
        """Return the state of no rows."""
        return OrderingState()

    @piecewise(32, plain)
    def observe(self, values: Column, locator: Column) -> OrderingState:
        """Return how an integer column keeps its order.

        `locator` is an integer a row, by which an offender is found again (an update id). Raises
        `InputError` for floats, columns of unequal length, or a locator with nulls.
        """
        if (known := self._in_place(values, locator)) is not None:
            return known
        found, at = dense(values), _locators(locator, values)
        if found.valid.size != len(at):
            raise InputError(f"{found.valid.size} values and {len(at)} locators: one of each a row")
        if found.values.dtype.kind != "i":
            raise InputError("the column holds floats: cast it to int64")
        rows = found.values
        if not rows.size:
            return self.empty()
        violations, offender = self._early(rows)
        at_row = _among(at, found.valid)
        first = at_row(offender) if violations else None
        borders = Borders(int(rows[0]), at_row(0), int(rows[-1]))
        return OrderingState(rows.size, violations, first, borders)

    def merge(self, a: OrderingState, b: OrderingState) -> OrderingState:
        """Return the state of the rows of `a` followed by those of `b`."""
        if a.borders is None or b.borders is None:
            return b if a.borders is None else a
        between = bool(self._back(a.borders.last, b.borders.first))
        offenders = a.first, b.borders.locator if between else None, b.first
        first = next((one for one in offenders if one is not None), None)
        violations = a.violations + between + b.violations
        borders = a.borders._replace(last=b.borders.last)
        return OrderingState(a.checked + b.checked, violations, first, borders)

    def encode(self, state: OrderingState) -> bytes:
        """Return the bytes of a state."""
        writer = Writer(self.version).integers(state.checked, state.violations)
        writer.optional(None if state.first is None else (state.first,))
        return writer.optional(state.borders).data()

    def decode(self, data: bytes) -> OrderingState:
        """Return the state of these bytes; `CorruptError` when they are none."""
        reader = Reader(data, self.version, self.name)
        checked, violations = reader.integers(2)
        first, borders = reader.optional(1), reader.optional(len(Borders._fields))
        reader.end()
        if bool(checked) != bool(borders) or bool(violations) != bool(first):
            raise CorruptError(f"{self.name}: {checked} rows do not have these; compute it again")
        locator = first[0] if first else None
        return OrderingState(checked, violations, locator, Borders(*borders) if borders else None)

    def _in_place(self, values: Column, locator: Column) -> OrderingState | None:
        """Return the same of picked rows where they lie; None where that is not worth it."""
        if not (beside(locator, values) and locator.stored.full and values.full):
            return None
        rows, column, places = values.rows, values.stored.values, locator.stored.values
        many = 0 < rows.size <= FEW * rows.count and pays(rows.size)
        if not many or column.dtype != np.int64:
            return None
        from karat.states.kernels import order_kernel

        told = np.empty(order_kernel.TOLD, np.int64)
        order_kernel.back(column, rows.flags, self.rising, told)
        count, violations, first, start, last = told.tolist()
        offender = int(places[first]) if violations else None
        borders = Borders(int(column[start]), int(places[start]), last)
        return OrderingState(count, violations, offender, borders)

    def _early(self, rows: NDArray[np.int64]) -> tuple[int, int]:
        """Return how many of the rows are before their turn, and the first; one row at least."""
        if pays(rows.size):
            from karat.states.kernels import order_kernel

            told = np.empty(order_kernel.TOLD, np.int64)
            order_kernel.back(np.ascontiguousarray(rows), all_true(rows.size), self.rising, told)
            return int(told[order_kernel.BACK]), int(told[order_kernel.FIRST])
        back = self._back(rows[:-1], rows[1:])
        violations = int(np.count_nonzero(back))
        return violations, int(back.argmax()) + 1 if violations else -1

    def _back(self, before: Any, after: Any) -> Any:
        return after <= before if self.rising else after < before


def _locators(locator: Column, values: Column) -> Any:
    """Return what gives a row's locator; picked rows are left where they are: few are read."""
    if beside(locator, values) and locator.stored.full:
        return locator
    return integers(locator, "locator")


def _among(locators: Any, valid: NDArray[np.bool_]) -> Callable[[int], int]:
    """Return what gives the locator of a row, counted among those that are valid."""
    if valid.all():
        return lambda row: int(locators[row])
    places = np.flatnonzero(valid)
    return lambda row: int(locators[int(places[row])])
