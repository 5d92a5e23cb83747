"""Choices of rows found together: each condition is looked at once, in one pass over the columns.

What does not fit that pass is left out; whoever asks for it finds it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from karat.contracts.condition import Condition
from karat.states.kernels import pays
from karat.states.picked import Rows, Stored

NONE, INTO = -1, 4
"""What stands for no condition and no flag, and where a test says of which condition it tells."""
Conditions: TypeAlias = tuple[Condition, ...]
Spelled: TypeAlias = tuple[str, ...]


def chosen_together(
    choices: Iterable[Conditions], size: int, column: Callable[[str], Stored]
) -> dict[Spelled, Rows]:
    """Return the rows, of `size`, that meet all conditions of a choice, for those that fit.

    They are told by how their conditions are spelled, which is compared much sooner than these.

    `column` gives a column of signed integers by its name. Few rows, or fewer than two choices,
    are not worth a pass.
    """
    wanted = {spelled(choice): choice for choice in choices if choice}
    if len(wanted) < 2 or not pays(size):  # noqa: PLR2004 - several
        return {}
    looks = _Looks(column)
    fit = {said: at for said, choice in wanted.items() if (at := looks.places(choice))}
    return looks.rows(fit, size) if fit else {}


def spelled(choice: Conditions) -> Spelled:
    """Return how the conditions of a choice are spelled."""
    return tuple(condition.spelled for condition in choice)


@dataclass
class _Looks:
    """What is looked at: narrow and wide columns, their flags, and tests as the pass reads them."""

    column: Callable[[str], Stored]
    narrow: dict[str, NDArray[Any]] = field(default_factory=dict)
    wide: dict[str, NDArray[Any]] = field(default_factory=dict)
    flags: dict[str, NDArray[np.uint8]] = field(default_factory=dict)
    tests: list[list[int]] = field(default_factory=list)
    known: dict[str, int | None] = field(default_factory=dict)

    def places(self, choice: Conditions) -> list[int] | None:
        """Return the numbers of a choice's conditions; None where one does not fit."""
        found = [self._place(condition) for condition in choice]
        return None if None in found else [at for at in found if at is not None]

    def rows(self, fit: dict[Spelled, list[int]], size: int) -> dict[Spelled, Rows]:
        """Return the rows of each choice."""
        from karat.states.kernels import choose_kernel as kernel

        longest = max(map(len, fit.values()))
        choices = np.array([at + [NONE] * (longest - len(at)) for at in fit.values()], np.int64)
        masks, counts = np.empty((len(fit), size), np.uint8), np.empty(len(fit), np.int64)
        columns = (
            _padded(self.narrow, kernel.NARROW, np.empty(0, np.int8)),
            _padded(self.wide, kernel.WIDE, np.empty(0, np.int64)),
            _padded(self.flags, kernel.FLAGS, np.empty(0, np.uint8)),
        )
        kernel.choose(*columns, np.array(self.tests, np.int64), choices, masks, counts)
        found = zip(fit, masks.view(bool), counts.tolist(), strict=True)
        return {said: Rows.counted(size, mask, count) for said, mask, count in found}

    def _place(self, condition: Condition) -> int | None:
        said = condition.spelled
        if said not in self.known:
            self.known[said] = self._added(condition)
        return self.known[said]

    def _added(self, condition: Condition) -> int | None:
        """Take a condition up, and return its number; None where it does not fit."""
        columns = {name: self.column(name) for name in condition.reads()}
        values = _values(condition)
        kinds = {column.values.dtype for column in columns.values()}
        if len(kinds) > 1 or not all(self._takes(*one) for one in columns.items()):
            return None
        reach = np.iinfo(columns[condition.column].values.dtype)
        if not all(reach.min <= value <= reach.max for value in values):
            return None
        at = [self._at(name) for name in columns]
        flags = [list(self.flags).index(n) for n, column in columns.items() if not column.full]
        number = self.tests[-1][INTO] + 1 if self.tests else 0
        for also, value in enumerate(values):
            sides = [at[0], value, at[-1]]
            self.tests.append([_op(condition), *sides, number, also, *[*flags, NONE, NONE][:2]])
        return number

    def _takes(self, name: str, column: Stored) -> bool:
        """Take a column up, if it is of a width that is known and there is room."""
        from karat.states.kernels import choose_kernel as kernel

        room = {np.dtype(np.int8): kernel.NARROW, np.dtype(np.int64): kernel.WIDE}
        kept = self.narrow if column.values.dtype == np.int8 else self.wide
        if name not in kept and len(kept) >= room.get(column.values.dtype, 0):
            return False
        if not column.full and name not in self.flags and len(self.flags) >= kernel.FLAGS:
            return False
        kept[name] = column.values
        if not column.full:
            self.flags[name] = column.valid.view(np.uint8)
        return True

    def _at(self, name: str) -> int:
        """Return the number of a column that was taken up."""
        from karat.states.kernels import choose_kernel as kernel

        if name in self.narrow:
            return list(self.narrow).index(name)
        return kernel.NARROW + list(self.wide).index(name)


def _values(condition: Condition) -> tuple[int, ...]:
    """Return what a column is compared with; of bits all that are looked at."""
    if condition.is_:
        return condition.is_
    for value in (condition.above, condition.below):
        if value is not None:
            return (value,)
    return (condition.has or condition.has_not,)


def _op(condition: Condition) -> int:
    from karat.states.kernels import choose_kernel as kernel

    said = {
        kernel.EQUAL: bool(condition.is_),
        kernel.ABOVE: condition.above is not None,
        kernel.BELOW: condition.below is not None,
        kernel.SAME: condition.same_as is not None,
        kernel.HAS: bool(condition.has),
        kernel.HAS_NOT: bool(condition.has_not),
    }
    return next(op for op, is_said in said.items() if is_said)


def _padded(kept: dict[str, NDArray[Any]], room: int, none: NDArray[Any]) -> tuple[Any, ...]:
    """Return as many arrays as the pass takes, contiguous ones."""
    arrays = [np.ascontiguousarray(array) for array in kept.values()]
    return (*arrays, *[none] * (room - len(arrays)))
