"""Choices of rows of one table: each condition met once, and rows copied once a column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from karat.contracts.condition import Condition
from karat.contracts.row_choices import Conditions, chosen_together, spelled
from karat.states.picked import Flags, Picked, Rows, Stored, storable, stored


class RowSets:
    """Rows of a table by the conditions they meet, of columns that hold signed integers.

    What is asked for again is found again: a condition that stands in several choices, rows that
    several statistics look at.
    """

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self._known = _storable(table.schema)
        self._columns: dict[str, Stored] = {}
        self._met: dict[str, Flags] = {}
        self._rows: dict[tuple[tuple[str, ...], tuple[str, ...]], Rows] = {}
        self._picked: dict[tuple[str, int], Picked] = {}

    def holds(self, names: list[str]) -> bool:
        """Return whether all of these columns are there and of signed integers."""
        return self._known.issuperset(names)

    def look_for(self, choices: Iterable[Conditions]) -> None:
        """Find the rows of several choices together, as far as they fit one pass."""
        found = chosen_together(choices, self._table.num_rows, self._stored)
        for said, rows in found.items():
            self._rows[said, ()] = rows if rows.count < rows.size else self.rows(())

    def rows(self, conditions: Conditions, present: tuple[str, ...] = ()) -> Rows:
        """Return the rows that meet every condition and have a value in the columns `present`."""
        key = spelled(conditions), present
        if key not in self._rows:
            self._rows[key] = self._chosen(conditions, present)
        return self._rows[key]

    def column(self, name: str, rows: Rows) -> Picked:
        """Return a column of rows that `rows` gave."""
        key = name, id(rows)
        if key not in self._picked:
            self._picked[key] = Picked(self._stored(name), rows)
        return self._picked[key]

    def _chosen(self, conditions: Conditions, present: tuple[str, ...]) -> Rows:
        if present:
            return self.rows(conditions).held(*(self._stored(name) for name in present))
        if not conditions:
            return Rows(self._table.num_rows)
        mask = self._flags(conditions[0])
        for condition in conditions[1:]:
            mask = mask & self._flags(condition)
        found = Rows(mask.size, mask)
        return found if found.count < found.size else self.rows(())

    def _flags(self, condition: Condition) -> Flags:
        said = condition.spelled
        if said not in self._met:
            columns = {name: self._stored(name) for name in condition.reads()}
            self._met[said] = _met(condition, columns)
        return self._met[said]

    def _stored(self, name: str) -> Stored:
        if name not in self._columns:
            self._columns[name] = stored(self._table[name])
        return self._columns[name]


def _storable(schema: pa.Schema) -> set[str]:
    """Return the columns whose rows can be picked; none of two that share a name."""
    return {
        field.name
        for field in schema
        if storable(field.type) and schema.get_field_index(field.name) >= 0
    }


def _met(condition: Condition, columns: Mapping[str, Stored]) -> Flags:
    """Return whether each row meets a condition, as `Condition.met` does; False without value."""
    met = _said(condition, columns)
    for column in columns.values():
        if not column.full:
            met &= column.valid
    return met


def _said(condition: Condition, columns: Mapping[str, Stored]) -> Flags:
    values = columns[condition.column].values
    if condition.is_:
        return _is_in(values, condition.is_)
    if condition.above is not None:
        return np.asarray(values > condition.above)
    if condition.below is not None:
        return np.asarray(values < condition.below)
    if condition.same_as is not None:
        return np.asarray(values == columns[condition.same_as].values)
    bits = condition.has or condition.has_not
    narrow = values.dtype.type if bits <= np.iinfo(values.dtype).max else np.int64
    there = np.bitwise_and(values, narrow(bits)) != 0
    return np.asarray(there if condition.has else ~there)


def _is_in(values: NDArray[np.integer], wanted: tuple[int, ...]) -> Flags:
    met: Flags = values == wanted[0]
    for value in wanted[1:]:
        met |= values == value
    return met
