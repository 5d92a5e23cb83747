"""What a contract asks to be measured: statistics over columns of chosen rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc

from karat.contracts.condition import Condition
from karat.contracts.episodes_rule import LINKED, WHOLE_EPISODES
from karat.contracts.model import Contract
from karat.contracts.row_rules import COPIES
from karat.contracts.row_sets import RowSets
from karat.contracts.values import Family
from karat.digest import digest
from karat.states import (
    BookSteps,
    EpisodeLinks,
    EpisodeSteps,
    Invariant,
    NGramSketch,
    Ordering,
    Sequence,
    Statistic,
)
from karat.states.one_pass import Asked, observe_all
from karat.states.scratch import is_ours


@dataclass(frozen=True, slots=True)
class Measure:
    """One statistic over `columns` (a whole number stands for itself) of the rows chosen.

    With `present`, rows without a value in one of `columns` are left out too. One that is `whole`
    is of all rows together, so that states of parts do not make it.
    """

    whole: ClassVar[bool] = False
    family: Family | Literal["effective", "chunks", "before"]
    name: str
    statistic: Statistic[Any]
    columns: tuple[str | int, ...]
    rows: tuple[Condition, ...] = ()
    present: bool = False

    def reads(self) -> list[str]:
        """Return the names of all columns that are looked at, each once."""
        named = [column for column in self.columns if isinstance(column, str)]
        looked_at = [column for condition in self.rows for column in condition.reads()]
        return list(dict.fromkeys([*named, *looked_at]))

    def state_key(self, column_digests: Mapping[str, str]) -> str:
        """Return the name of this measure's state of columns with these content digests."""
        # In their places, each time: `a < b` found by `a` is not `a < a` found by `b`.
        sides = [c if isinstance(c, int) else column_digests[c] for c in self.columns]
        chosen = [condition.spelled for condition in self.rows]
        contents = [column_digests[name] for condition in self.rows for name in condition.reads()]
        shape: list[str | int] = [len(sides), *sides, *chosen, *contents]
        return digest("state/1", self.statistic.key(), *shape, *(["present"] * self.present))

    def observe(self, table: pa.Table) -> Any:
        """Return the state of a table that holds at least `reads()`."""
        return next(observed(table, [self]))

    def observe_parts(self, parts: Callable[[], Iterable[pa.Table]]) -> Any:
        """Return the state of the tables that `parts` gives, one after the other, each time."""
        states = map(self.observe, parts())
        return reduce(self.statistic.merge, states, self.statistic.empty())

    def select(self, table: pa.Table) -> list[Any]:
        """Return the columns that are observed, of the rows chosen."""
        return self.taken(select(table, self.rows))

    def taken(self, rows: pa.Table) -> list[Any]:
        """Return the columns that are observed, of a table of the rows chosen."""
        named = [c for c in self.columns if isinstance(c, str)]
        if self.present and any(rows[name].null_count for name in named):
            rows = rows.select(list(dict.fromkeys(named))).drop_null()
        return [c if isinstance(c, int) else rows[c] for c in self.columns]


def measures(contract: Contract) -> list[Measure]:
    """Return what `contract` measures on a candidate alone, in contract order.

    Distances are measured in golden cells: `karat.golden.distance_measures` returns those.
    """
    found = []
    for rule in contract.laws:
        columns = (rule.left, rule.right, contract.locator)
        rows = chosen(contract, rule.rows)
        found.append(Measure("invariants", rule.name, Invariant(rule.op), columns, rows))
    found += _row_measures(contract)
    if order := contract.sequence:
        ids = (order.kind, order.previous, order.id)
        found.append(Measure("sequence", "sequence", Sequence(), ids))
    return found


def _row_measures(contract: Contract) -> Iterator[Measure]:
    columns: tuple[str, ...]
    for rule in contract.ordering:
        columns, rows = (rule.column, contract.locator), chosen(contract, rule.rows)
        yield Measure("invariants", rule.name, Ordering(rule.order == "rising"), columns, rows)
    if book := contract.book:
        yield Measure("invariants", book.name, BookSteps(), (*book.columns(), contract.locator))
    if steps := contract.episodes:
        columns = (*steps.flags, *steps.seen, contract.locator)
        yield Measure("invariants", WHOLE_EPISODES, EpisodeSteps(), columns)
        if steps.linked:
            links = EpisodeLinks(len(steps.observation))
            columns = (*steps.flags, *steps.observation, *steps.next_observation, contract.locator)
            yield Measure("invariants", LINKED, links, columns)
    if copies := contract.copies:
        columns, rows = (*copies.columns, *copies.changes), chosen(contract, copies.rows)
        grams = NGramSketch(copies.width, copies.size, len(copies.changes))
        yield Measure("invariants", COPIES, grams, columns, rows, present=True)


def observed(table: pa.Table, asked: Iterable[Measure]) -> Iterator[Any]:
    """Yield the state of each measure of a table; rows that several look at are chosen once."""
    sets, measures = RowSets(table), list(asked)
    known: dict[tuple[Condition, ...], pa.Table] = {}
    shared = [_whole_numbers(measure, sets) for measure in measures]
    ours = [one for one, mine in zip(measures, shared, strict=True) if mine]
    sets.look_for(one.rows for one in ours)
    picked: list[Asked] = [(one.statistic, tuple(_picked(one, sets))) for one in ours]
    states = iter(observe_all(picked))
    for measure, mine in zip(measures, shared, strict=True):
        if mine:
            yield next(states)
            continue
        if measure.rows not in known:
            known[measure.rows] = select(table, measure.rows)
        yield measure.statistic.observe(*measure.taken(known[measure.rows]))


def _whole_numbers(measure: Measure, sets: RowSets) -> bool:
    """Return whether a statistic of ours looks at signed integers alone: those are not copied.

    Those of others are promised numpy or Arrow columns.
    """
    plain = type(measure) is Measure and is_ours(measure.statistic)
    return plain and sets.holds(measure.reads())


def _picked(measure: Measure, sets: RowSets) -> list[Any]:
    named = tuple(dict.fromkeys(c for c in measure.columns if isinstance(c, str)))
    rows = sets.rows(measure.rows, named if measure.present else ())
    return [c if isinstance(c, int) else sets.column(c, rows) for c in measure.columns]


def chosen(contract: Contract, rows: str | None) -> tuple[Condition, ...]:
    """Return the conditions that the name `rows` stands for; none for all rows."""
    return contract.rows[rows] if rows else ()


def select(table: pa.Table, conditions: tuple[Condition, ...]) -> pa.Table:
    """Return the rows that meet every condition."""
    if not conditions:
        return table
    return table.filter(reduce(pc.and_, (condition.met(table) for condition in conditions)))
