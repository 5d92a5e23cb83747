"""What a contract asks to be measured: statistics over columns of chosen rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from karat.contracts.model import Condition, Contract, Family
from karat.digest import digest
from karat.states import Invariant, ReferenceCounts, Sequence, Statistic


@dataclass(frozen=True, slots=True)
class Measure:
    """One statistic over `columns` (a whole number stands for itself) of the rows chosen."""

    family: Family
    name: str
    statistic: Statistic[Any]
    columns: tuple[str | int, ...]
    rows: tuple[Condition, ...] = ()

    def reads(self) -> list[str]:
        """Return the names of all columns that are looked at, each once."""
        named = [column for column in self.columns if isinstance(column, str)]
        return list(dict.fromkeys([*named, *(condition.column for condition in self.rows)]))

    def state_key(self, column_digests: Mapping[str, str]) -> str:
        """Return the name of this measure's state of columns with these content digests."""
        # In their places, each time: `a < b` found by `a` is not `a < a` found by `b`.
        sides = [c if isinstance(c, int) else column_digests[c] for c in self.columns]
        chosen = [condition.model_dump_json(by_alias=True) for condition in self.rows]
        contents = [column_digests[condition.column] for condition in self.rows]
        shape: list[str | int] = [len(sides), *sides, *chosen, *contents]
        return digest("state/1", self.statistic.key(), *shape)

    def observe(self, table: pa.Table) -> Any:
        """Return the state of a table that holds at least `reads()`."""
        chosen = select(table, self.rows)
        columns = [c if isinstance(c, int) else chosen[c] for c in self.columns]
        return self.statistic.observe(*columns)


def measures(contract: Contract, cells: Mapping[str, ReferenceCounts]) -> list[Measure]:
    """Return all that `contract` measures on a candidate alone, in contract order.

    `cells` gives the golden cells of distances by name; a distance without cells is left out.
    """
    found = []
    for rule in contract.invariants:
        columns = (rule.left, rule.right, contract.locator)
        rows = chosen(contract, rule.rows)
        found.append(Measure("invariants", rule.name, Invariant(rule.op), columns, rows))
    if order := contract.sequence:
        ids = (order.kind, order.previous, order.id)
        found.append(Measure("sequence", "sequence", Sequence(), ids))
    return found + [m for m in distance_measures(contract, cells) if m.name in cells]


def distance_measures(contract: Contract, cells: Mapping[str, ReferenceCounts]) -> list[Measure]:
    """Return the unpaired distances; one without cells has those of a golden without values."""
    rules = contract.unpaired.distances if contract.unpaired else ()
    none = ReferenceCounts.from_golden(pa.array([], pa.int64()))
    found = []
    for rule in rules:
        rows = chosen(contract, rule.rows)
        stat = cells.get(rule.name, none)
        found.append(Measure("unpaired", rule.name, stat, (rule.column,), rows))
    return found


def chosen(contract: Contract, rows: str | None) -> tuple[Condition, ...]:
    """Return the conditions that the name `rows` stands for; none for all rows."""
    return contract.rows[rows] if rows else ()


def select(table: pa.Table, conditions: tuple[Condition, ...]) -> pa.Table:
    """Return the rows that meet every condition."""
    for condition in conditions:
        column = pc.cast(table[condition.column], pa.int64())
        if condition.is_:
            table = table.filter(pc.is_in(column, pa.array(condition.is_, pa.int64())))
        else:
            there = pc.not_equal(pc.bit_wise_and(column, condition.has or condition.has_not), 0)
            table = table.filter(there if condition.has else pc.invert(there))
    return table
