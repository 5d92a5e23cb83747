"""Which rows a rule speaks of, condition by condition, and what it looks at in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from karat.contracts import Condition, DistanceRule
from karat.explanation.worked import Worked

Flags = NDArray[np.bool_]
LEAST, MOST = -(1 << 63), (1 << 63) - 1
EVEN = 1


def cells(table: pa.Table, name: str) -> list[Any]:
    """Return a column as Python values, None where there is none."""
    values: list[Any] = table[name].to_pylist()
    return values


def chosen_rows(
    worked: Worked, table: pa.Table, conditions: Iterable[Condition], present: Sequence[str] = ()
) -> list[int]:
    """Return the places of the rows that meet every condition and have the `present` columns."""
    at = list(range(table.num_rows))
    worked.say(f"the partition has {len(at):,} rows")
    for condition in conditions:
        values = cells(table, condition.column)
        other = cells(table, condition.same_as) if condition.same_as else values
        kept = [n for n in at if _meets(condition, values[n], other[n])]
        worked.say(f"{_words(condition)}: {len(at):,} rows before, {len(kept):,} after")
        at = kept
    for name in present:
        values = cells(table, name)
        kept = [n for n in at if values[n] is not None]
        if len(kept) < len(at):
            worked.say(f"{name} has a value: {len(at):,} rows before, {len(kept):,} after")
        at = kept
    return at


def _meets(condition: Condition, value: int | None, other: int | None) -> bool:
    if value is None or other is None:
        return False
    if condition.is_:
        return value in condition.is_
    if condition.has:
        return value & condition.has != 0
    if condition.has_not:
        return value & condition.has_not == 0
    if condition.above is not None:
        return value > condition.above
    return value < condition.below if condition.below is not None else value == other


def _words(condition: Condition) -> str:
    said = condition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    ((how, what),) = ((k, v) for k, v in said.items() if k != "column")
    return f"{condition.column} {how.replace('_', ' ')} {what}"


def looked_at(rule: DistanceRule, values: list[Any]) -> list[Any]:
    """Return what a distance is of: values, changes, movements, last digits, even steps."""
    if rule.of == "last_digits":
        return [_digits(value, rule.digits) for value in values]
    if rule.of == "even":
        steps = _changes(values, 1)
        second = _changes(steps, 1)
        return [int(-EVEN <= difference <= EVEN) for difference in second]
    if rule.of == "change":
        return _changes(values, rule.over)
    if rule.of == "movement":
        return [abs(max(change, -MOST)) for change in _changes(values, rule.over)]
    return values


def _changes(values: list[int], over: int) -> list[int]:
    late = values[over:]
    return [min(max(b - a, LEAST), MOST) for a, b in zip(values, late, strict=False)]


def _digits(value: int, count: int) -> int:
    return int(abs(value) % 10**count)
