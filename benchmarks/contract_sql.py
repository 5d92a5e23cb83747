"""The same answers by SQL: DuckDB reads the file into a table, and asks of it what SQL can tell.

Windows run over rows as they lie: without an order DuckDB goes through them as they were put in.
Values are grouped first and then looked for in golden's cells: there are far fewer of them.
"""

# ruff: noqa: S608 - names come from our own contract

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.contract_day import Day
from benchmarks.contract_queries import Query, query_of
from karat.contracts import Measure
from karat.states import ReferenceCounts, Sequence

Answers = dict[tuple[str, str], Any]


class Sql:
    """What of a day's contract SQL can tell: `day` asks for that alone."""

    def __init__(self, whole: Day) -> None:
        found: Answers = {(one.family, one.name): query_of(one) for one in whole.asked}
        self.queries: dict[tuple[str, str], Query] = {k: q for k, q in found.items() if q}
        self.day = whole.only(self.queries)
        self._points: Answers = {(m.family, m.name): _points(m) for m in self.day.asked}

    def answers(self) -> Answers:
        """Read the file, and return what each query tells."""
        with duckdb.connect(config={"threads": 1}) as base:
            columns, path = ", ".join(self.day.columns), self.day.path
            base.execute(f"create temp table e as select {columns} from read_parquet('{path}')")
            return {key: self._answer(base, key, text) for key, text in self.queries.items()}

    def same(self, states: list[Any]) -> None:
        """Raise RuntimeError unless our states tell what the queries do."""
        theirs = self.answers()
        for measure, state in zip(self.day.asked, states, strict=True):
            key = measure.family, measure.name
            if (mine := _told(measure, state)) != theirs[key]:
                raise RuntimeError(f"{key}: ours {mine}, DuckDB {theirs[key]}"[:600])

    def _answer(self, base: Any, key: tuple[str, str], query: Query) -> Any:
        if query.one_row:
            return base.execute(query.text).fetchall()[0]
        if (points := self._points[key]) is None:
            return dict(base.execute(query.text).fetchall())
        base.register("points", pa.table({"p": points, "i": np.arange(points.size)}))
        found = base.execute(
            "select case when i is null then 0 when v = p then 2 * i + 1 else 2 * i + 2 end c, "
            f"sum(n)::bigint from ({query.text}) asof left join points on v >= p group by c"
        )
        return dict(found.fetchall())


def _points(measure: Measure) -> Any:
    inner = getattr(measure.statistic, "inner", measure.statistic)
    return inner.points if isinstance(inner, ReferenceCounts) else None


def _told(measure: Measure, state: Any) -> Any:
    """Return of our state what a query tells."""
    if isinstance(measure.statistic, Sequence):
        return astuple(state.tally)
    inner = getattr(state, "inner", state)
    if hasattr(inner, "cells"):
        return dict(zip(inner.cells.tolist(), inner.counts.tolist(), strict=True))
    if hasattr(inner, "products"):
        return (inner.count, inner.total, inner.squares, *inner.products)
    if hasattr(inner, "many"):
        return (*inner.one.inner.sums, *inner.many.inner.sums)
    return inner.checked, inner.violations, inner.first
