"""Measures of a contract as SQL over a table `e`; None for those that SQL does not tell.

It does not tell the sketch of grams, whose hash is ours, nor rows counted by blocks of time.
"""

# ruff: noqa: S608 - names come from our own contract

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from karat.contracts import Condition, Measure
from karat.states import (
    ACF,
    Atoms,
    BookSteps,
    Categories,
    Invariant,
    Ordering,
    ReferenceCounts,
    Sequence,
    VarianceRatio,
    Windowed,
)


class Query(NamedTuple):
    """A query that gives one row of numbers, or values `v` and how often each occurs, `n`."""

    text: str
    one_row: bool = False


def query_of(measure: Measure) -> Query | None:
    """Return the query that tells what a measure finds."""
    made = QUERIES.get(type(measure.statistic))
    return made(measure) if made else None


def _where(measure: Measure, *more: str) -> str:
    named = [c for c in measure.columns if isinstance(c, str)] if measure.present else []
    said = [*map(_said, measure.rows), *(f"{name} is not null" for name in named), *more]
    return " where " + " and ".join(said) if said else ""


def _said(condition: Condition) -> str:
    column = condition.column
    if condition.is_:
        return f"{column} in ({', '.join(map(str, condition.is_))})"
    if condition.above is not None:
        return f"{column} > {condition.above}"
    if condition.below is not None:
        return f"{column} < {condition.below}"
    if condition.same_as is not None:
        return f"{column} = {condition.same_as}"
    bits = condition.has or condition.has_not
    return f"({column}::bigint & {bits}) {'<>' if condition.has else '='} 0"


def _invariant(measure: Measure) -> Query:
    left, right, locator = measure.columns
    statistic: Any = measure.statistic
    op = {"==": "="}.get(statistic.op, statistic.op)
    broken = f"filter (not ({left} {op} {right}))"
    checked = f"count(*) filter ({left} is not null and {right} is not null)"
    found = f"{checked}, count(*) {broken}, first({locator}) {broken}"
    return Query(f"select {found} from e{_where(measure)}", one_row=True)


def _ordering(measure: Measure) -> Query:
    column, locator = measure.columns
    statistic: Any = measure.statistic
    back = f"filter (x {'<=' if statistic.rising else '<'} y)"
    rows = f"select {column} x, lag({column}) over () y, {locator} place from e"
    where = _where(measure, f"{column} is not null")
    return Query(
        f"select count(*), count(*) {back}, first(place) {back} from ({rows}{where})", one_row=True
    )


def _grouped(measure: Measure) -> Query:
    return _values(f"select {measure.columns[0]} v from e{_where(measure)}")


def _values(rows: str) -> Query:
    return Query(f"select v, count(*) n from ({rows}) where v is not null group by v")


def _windowed(measure: Measure) -> Query | None:
    statistic: Any = measure.statistic
    column, where = measure.columns[-1], _where(measure)
    function, width = type(statistic.function).__name__, statistic.width
    far = f"{column} - lag({column}, {width - 1}) over ()"
    if function == "Even":
        before, next_ = (f"lag({column}, {k}) over ()" for k in (2, 1))
        step = f"abs({column} - 2 * {next_} + {before}) <= 1"
        return _values(f"select ({step})::int v from e{where}")
    values = {
        "Difference": far,
        "Movement": f"abs({far})",
        "LastDigits": f"abs({column} % {10 ** getattr(statistic.function, 'count', 1)})",
    }.get(function)
    if values is None:
        return None
    rows = f"select {values} v from e{where}"
    if isinstance(statistic.inner, ACF):
        return _products(f"select v from ({rows}) where v is not null", statistic.inner.lags)
    return _values(rows)


def _products(rows: str, lags: int) -> Query:
    names = [f"lag(v, {k + 1}) over () l{k + 1}" for k in range(lags)]
    sums = [f"sum(v * l{k + 1})::hugeint" for k in range(lags)]
    return Query(
        f"select count(*), sum(v)::hugeint, sum(v * v)::hugeint, {', '.join(sums)} "
        f"from (select v, {', '.join(names)} from ({rows}))",
        one_row=True,
    )


def _autocorrelation(measure: Measure) -> Query:
    rows = f"select {measure.columns[0]}::bigint v from e{_where(measure)}"
    statistic: Any = measure.statistic
    return _products(rows, statistic.lags)


def _variance_ratio(measure: Measure) -> Query:
    statistic: Any = measure.statistic
    column, steps = measure.columns[0], statistic.steps
    far = [f"{column} - lag({column}, {k}) over () d{k}" for k in (1, steps)]
    sums = [f"sum(d{k})::hugeint, sum(d{k} * d{k})::hugeint" for k in (1, steps)]
    rows = f"select {', '.join(far)} from e{_where(measure)}"
    return Query(f"select {', '.join(sums)} from ({rows})", one_row=True)


def _sequence(measure: Measure) -> Query:
    kind, previous, id_ = measure.columns
    book = (
        f"select {kind} k, {previous} p, {id_} i, lag({kind}) over () lk, lag({id_}) over () li "
        f"from e where {kind} <= 2"
    )
    starts = "(lk is null or k <> lk or i <> li)"
    delta = f"{starts} and k = 2 and lk is not null"
    fine = "(case when lk = 1 then p <= li and li <= i else p = li end)"
    told = [f"count(*) filter ({starts} and k = {k})" for k in range(3)]
    gaps = [
        f"count(*) filter ({delta} and p > li)",
        f"coalesce(sum(p - li) filter ({delta} and p > li), 0)::hugeint",
        f"count(*) filter ({delta} and p <= li and not {fine})",
    ]
    trades = f"select {id_} i, lag({id_}) over () li from e where {kind} = 3"
    steps = "count(*) t, count(*) filter (i > li + 1) g, count(*) filter (i <= li) r"
    dropped = f"count(*) filter ({kind} = 4) s, count(*) filter ({kind} = 5) d"
    return Query(
        f"select b.c, b.s, b.d, t, b.g, b.m, b.o, q.g, q.r, x.s, x.d from "
        f"(select {told[0]} c, {told[1]} s, {told[2]} d, {gaps[0]} g, {gaps[1]} m, {gaps[2]} o "
        f"from ({book})) b, (select {steps} from ({trades})) q, (select {dropped} from e) x",
        one_row=True,
    )


def _book_steps(measure: Measure) -> Query:
    kind, side, price, size, *best, locator = measure.columns
    names = ["b", "bl", "a", "al"]
    now = [f"{column} {name}" for column, name in zip(best, names, strict=True)]
    before = [f"lag({c}) over () o{n}" for c, n in zip(best, names, strict=True)]
    rows = (
        f"select {kind} k, {side} sd, {price} p, {size} s, {locator} place, "
        f"lag({kind}) over () is not null follows, {', '.join([*now, *before])} from e"
    )
    bids, asks = _side("b", "bl", 1, ">=", "<"), _side("a", "al", -1, "<=", ">")
    good = f"(k in (0, 1) or ({bids} and {asks}))"
    bad = f"filter (follows and not {good})"
    told = f"count(*) filter (follows), count(*) {bad}, first(place) {bad}"
    return Query(f"select {told} from ({rows})", one_row=True)


def _side(best: str, lots: str, side: int, reaches: str, behind: str) -> str:
    """Return whether one side's best follows from the row; no price is behind all others."""
    mine = f"k = 2 and sd = {side}"
    is_set = f"{mine} and s > 0 and (o{best} is null or p {reaches} o{best})"
    gone = f"{mine} and s = 0 and p = o{best}"
    taken = f"(coalesce({best} = p, false) and coalesce({lots} = s, false))"
    lower = f"(o{best} is not null and coalesce({best} {behind} o{best}, true))"
    kept = f"({best} is not distinct from o{best} and {lots} is not distinct from o{lots})"
    return f"case when {is_set} then {taken} when {gone} then {lower} else {kept} end"


QUERIES: dict[type, Callable[[Measure], Query | None]] = {
    Invariant: _invariant,
    Ordering: _ordering,
    ReferenceCounts: _grouped,
    Categories: _grouped,
    Atoms: _grouped,
    Windowed: _windowed,
    ACF: _autocorrelation,
    VarianceRatio: _variance_ratio,
    Sequence: _sequence,
    BookSteps: _book_steps,
}
