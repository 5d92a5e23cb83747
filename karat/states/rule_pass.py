"""Many rules in one pass: columns that several of them compare are fetched once for all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from karat.states.encoding import Int64s
from karat.states.invariant import Invariant, InvariantState, fitting
from karat.states.kernels import pays
from karat.states.kernels.rule_room import COLUMNS, FLAGS, OF_RULE
from karat.states.picked import Flags, Picked, beside

SPELLED: Mapping[str, tuple[bool, bool, bool]] = {
    "<": (False, False, True),
    ">": (True, False, True),
    "<=": (True, False, False),
    ">=": (False, False, False),
    "==": (False, True, True),
    "!=": (False, True, False),
}
"""Whether sides are changed, whether they are then to be equal or else the first one less, and
whether that must hold or must not."""


class Rule(NamedTuple):
    """A rule of whole columns; `flags` are those a row must have to be looked at."""

    at: int
    op: str
    left: Int64s
    right: Int64s | int
    flags: list[Flags]
    locator: NDArray[Any]


def rule_of(at: int, statistic: Any, columns: tuple[Any, ...]) -> Rule | None:
    """Return a rule that can be looked at with others; None for what is no such rule.

    Raises `InputError` for a constant that no row can be compared with.
    """
    if type(statistic) is not Invariant:
        return None
    left, right, locator = columns
    sides: list[Picked] = [left] if isinstance(right, int) else [left, right]
    if not (beside(*sides, locator) and locator.stored.full):
        return None
    if any(side.stored.values.dtype != np.int64 for side in sides):
        return None
    flags = [side.stored.valid for side in sides if not side.stored.full]
    flags += [] if left.rows.mask is None else [left.rows.mask]
    other = fitting(right) if isinstance(right, int) else right.stored.values
    return Rule(at, statistic.op, left.stored.values, other, flags, locator.stored.values)


def looked_at(rules: Iterable[Rule]) -> dict[int, InvariantState]:
    """Return the states of rules by their places; of rows that are few, none."""
    found: dict[int, InvariantState] = {}
    for together in _passes(rules):
        if len(together.rules) > 1 and pays(together.size):
            found |= together.states()
    return found


@dataclass
class _Pass:
    """Rules over columns of `size` rows, as many as one pass can take."""

    size: int
    rules: list[Rule] = field(default_factory=list)
    columns: dict[int, Int64s] = field(default_factory=dict)
    flags: dict[int, Flags] = field(default_factory=dict)

    def takes(self, rule: Rule) -> bool:
        """Take a rule up, if there is room for what it looks at."""
        sides = [side for side in (rule.left, rule.right) if not isinstance(side, int)]
        columns = self.columns | {id(side): side for side in sides}
        flags = self.flags | {id(flag): flag for flag in rule.flags}
        if rule.left.size != self.size or len(columns) > COLUMNS or len(flags) >= FLAGS:
            return False
        self.rules.append(rule)
        self.columns, self.flags = columns, flags
        return True

    def states(self) -> dict[int, InvariantState]:
        """Return the state of each rule."""
        from karat.states.kernels import rules_kernel as kernel

        constants = np.zeros((len(self.rules), kernel.PIECE), np.int64)
        for at, rule in enumerate(self.rules):
            constants[at] = rule.right if isinstance(rule.right, int) else 0
        columns, flags = map(list, (self.columns.values(), self.flags.values()))
        columns += [columns[0]] * (COLUMNS - len(columns))
        flags += [np.empty(0, bool)] * (FLAGS - len(flags))
        found = np.empty((len(self.rules), 3), np.int64)
        kernel.look(tuple(columns), tuple(flags), constants, self._told(), found)
        return {
            rule.at: InvariantState(checked, broken, int(rule.locator[row]) if broken else None)
            for rule, (checked, broken, row) in zip(self.rules, found.tolist(), strict=True)
        }

    def _told(self) -> Int64s:
        """Return the rules as the kernel reads them."""
        columns = {key: at for at, key in enumerate(self.columns)}
        flags = {key: at for at, key in enumerate(self.flags)}
        told = []
        for rule in self.rules:
            changed, equal, holds = SPELLED[rule.op]
            sides = [columns.get(id(side), -1) for side in (rule.left, rule.right)]
            needed = [flags[id(flag)] for flag in rule.flags]
            needed += [FLAGS - 1] * (OF_RULE - len(needed))
            told.append([*(sides[::-1] if changed else sides), int(equal), int(holds), *needed])
        return np.array(told, np.int64)


def _passes(rules: Iterable[Rule]) -> Iterator[_Pass]:
    current: _Pass | None = None
    for rule in rules:
        if current is None or not current.takes(rule):
            if current is not None:
                yield current
            current = _Pass(rule.left.size)
            current.takes(rule)
    if current is not None:
        yield current
