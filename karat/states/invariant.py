"""A rule that every row keeps, such as ``bid < ask``: how often it is broken, and where first."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any, ClassVar

import numpy as np

from karat.digest import digest
from karat.errors import InputError
from karat.states.columns import Column, Numbers, filled, integers
from karat.states.encoding import Reader, Writer
from karat.states.picked import Picked, beside
from karat.states.piecewise import piecewise

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
    "!=": operator.ne,
}
LEAST = -(1 << 63)
WHOLE = np.dtype(np.int64)


def _picked(_: object, *columns: object) -> bool:
    return isinstance(columns[0], Picked)


@dataclass(frozen=True)
class InvariantState:
    """Rows checked, rows that break the rule, and the locator of the first of these (or None)."""

    checked: int = 0
    violations: int = 0
    first: int | None = None


@dataclass(frozen=True)
class Invariant:
    """``left op right`` holds in every row where both sides are present.

    Raises `InputError` when `op` is none of ``< <= == >= > !=``.

    >>> import numpy as np
    >>> Invariant("<").observe(np.array([1, 5]), 3, np.array([70, 71]))
    InvariantState(checked=2, violations=1, first=71)
    """

    op: str
    name: ClassVar[str] = "invariant"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.op not in OPERATORS:
            raise InputError(f"operator {self.op!r} is none of {' '.join(OPERATORS)}")

    def key(self) -> str:
        """Return the digest of name, version and operator."""
        return digest("statistic/1", self.name, self.version, self.op)

    def empty(self) -> InvariantState:
        """Return the state of no rows."""
        return InvariantState()

    @piecewise(32, _picked)
    def observe(self, left: Column, right: Column | int, locator: Column) -> InvariantState:
        """Return how rows keep the rule; `right` is a column or one integer for all rows.

        `locator` is an integer a row, by which an offender is found again (an update id).
        Raises `InputError` for columns of unequal length, or integers compared with floats.
        """
        sides = (left,) if isinstance(right, int) else (left, right)
        if beside(*sides, locator) and locator.stored.full:
            return self._over_whole(left, right, locator)
        one, at = filled(left), integers(locator, "locator")
        other = _constant(right, one) if isinstance(right, int) else filled(right)
        if not one.values.size == other.values.size == at.size:
            raise InputError("left, right and locator are not of one length")
        if at.size and one.values.dtype != other.values.dtype:
            raise InputError(f"left is {one.values.dtype}, right {other.values.dtype}: cast one")
        checked = one.valid & other.valid
        broken = np.flatnonzero(checked & ~OPERATORS[self.op](one.values, other.values))
        first = int(at[broken[0]]) if broken.size else None
        return InvariantState(int(checked.sum()), broken.size, first)

    @piecewise(4)
    def _over_whole(self, left: Picked, right: Picked | int, locator: Picked) -> InvariantState:
        """Return the same of picked rows, by whole columns: the others count for nothing."""
        sides = [left.stored] if isinstance(right, int) else [left.stored, right.stored]
        other = fitting(right) if isinstance(right, int) else right.stored.values
        flags = [side.valid for side in sides if not side.full]
        flags += [] if left.rows.mask is None else [left.rows.mask]
        checked = reduce(np.logical_and, flags) if flags else left.stored.valid
        # What is checked and not kept: a flag that is greater than the other.
        broken = np.greater(checked, OPERATORS[self.op](left.stored.values, other))
        violations = int(np.count_nonzero(broken))
        first = int(locator.stored.values[broken.argmax()]) if violations else None
        return InvariantState(int(np.count_nonzero(checked)), violations, first)

    def merge(self, a: InvariantState, b: InvariantState) -> InvariantState:
        """Return the state of the rows of `a` followed by those of `b`."""
        first = b.first if a.first is None else a.first
        return InvariantState(a.checked + b.checked, a.violations + b.violations, first)

    def encode(self, state: InvariantState) -> bytes:
        """Return the bytes of a state."""
        writer = Writer(self.version).integers(state.checked, state.violations)
        return writer.optional(None if state.first is None else (state.first,)).data()

    def decode(self, data: bytes) -> InvariantState:
        """Return the state of these bytes; `CorruptError` when they are none."""
        reader = Reader(data, self.version, self.name)
        checked, violations = reader.integers(2)
        first = reader.optional(1)
        reader.end()
        return InvariantState(checked, violations, first[0] if first else None)


def _constant(value: int, like: Numbers) -> Numbers:
    same = np.full(like.values.size, fitting(value, like.values.dtype), like.values.dtype)
    return Numbers(same, np.ones(same.size, bool))


def fitting(value: int, kind: np.dtype[Any] = WHOLE) -> int:
    """Return `value`; InputError when a column of this kind cannot hold it."""
    if not LEAST <= value <= -(LEAST + 1) or int(kind.type(value)) != value:
        raise InputError(f"{value} does not fit {kind}: no row can be compared with it")
    return value
