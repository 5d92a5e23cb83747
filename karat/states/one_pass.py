"""Several statistics of one column in one pass: what many need of the same rows is made once.

Window values, the cell of each value, and the stretches of the clock are shared. The states are
those that each statistic would make alone, and those that share nothing do make them alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from karat.states.atoms import Atoms
from karat.states.categories import Categories
from karat.states.chunk_counts import ChunkCounts
from karat.states.effective_rows import Clocked, EffectiveRows
from karat.states.encoding import Int64s
from karat.states.kernels import pays
from karat.states.picked import Picked, beside
from karat.states.placed import placed
from karat.states.reference_counts import ReferenceCounts
from karat.states.rows import side_by_side
from karat.states.rule_pass import looked_at, rule_of
from karat.states.scratch import lent
from karat.states.statistic import Statistic
from karat.states.time_runs import TimeRuns
from karat.states.windowed import Windowed, WindowFunction

Asked: TypeAlias = tuple[Statistic[Any], tuple[Any, ...]]
"""A statistic and the columns it observes."""

COUNTING, BY_TIME = (ReferenceCounts, Categories, Atoms), (EffectiveRows, ChunkCounts)


class View(NamedTuple):
    """What is looked at: a column of some rows, or `function` of its windows of `width` rows."""

    column: int
    width: int
    function: WindowFunction | None


class Member(NamedTuple):
    """The statistic asked for in place `at`; `inner` counts what is looked at, `time` is beside."""

    at: int
    asked: Any
    inner: Any
    column: Picked
    time: Picked | None


def observe_all(asked: Sequence[Asked]) -> list[Any]:
    """Return the state that each statistic has of its columns, in their order.

    Errors are those of `observe`.
    """
    rules = [rule_of(at, *one) for at, one in enumerate(asked)]
    found: dict[int, Any] = dict(looked_at(rule for rule in rules if rule))
    runs = TimeRuns()
    for view, members in _views(asked).items():
        if len(members) > 1 and _fit(view, members):
            found |= _observed(view, members, runs)
    return [
        found[at] if at in found else statistic.observe(*columns)
        for at, (statistic, columns) in enumerate(asked)
    ]


def _views(asked: Sequence[Asked]) -> dict[View, list[Member]]:
    views: dict[View, list[Member]] = defaultdict(list)
    for at, (statistic, columns) in enumerate(asked):
        for view, member in _seen(at, statistic, columns):
            views[view].append(member)
    return views


def _seen(at: int, statistic: Any, columns: tuple[Any, ...]) -> Iterator[tuple[View, Member]]:
    """Yield what a statistic looks at and as whom, if others may share it."""
    inner, width, function, clocked = statistic, 1, None, isinstance(statistic, BY_TIME)
    if type(statistic) is Windowed:
        inner, width, function = statistic.inner, statistic.width, statistic.function
        if clocked := isinstance(function, Clocked):
            function = function.function
    known = type(inner) in (BY_TIME if clocked else COUNTING)
    alone = hasattr(function, "of_columns") or not (known or (function and not clocked))
    if not alone and len(columns) == 1 + clocked and beside(*columns):
        time = columns[0] if clocked else None
        member = Member(at, statistic, inner, columns[-1], time)
        yield View(id(columns[-1]), width, function), member


def _fit(view: View, members: list[Member]) -> bool:
    """Return whether rows lack no value, and are enough."""
    columns = [members[0].column, *(one.time for one in members if one.time)]
    rows = len(columns[0])
    return rows >= view.width and pays(rows) and all(column.full for column in columns)


def _observed(view: View, members: list[Member], runs: TimeRuns) -> dict[int, Any]:
    with lent(view.function or members[0].inner, *(one.inner for one in members)):
        return _looked_at(view, members, runs)


def _looked_at(view: View, members: list[Member], runs: TimeRuns) -> dict[int, Any]:
    column = members[0].column.values
    values = view.function(side_by_side([column]), view.width) if view.function else column
    if values.ndim != 1 or values.dtype != np.int64:
        return {}
    values = np.ascontiguousarray(values)
    counting = [one.inner for one in members if type(one.inner) in (*COUNTING, *BY_TIME)]
    cells = placed(values, counting) if len(counting) > 1 else None
    skipped, found = view.width - 1, {}
    for one in members:
        shared = cells and type(one.inner) in (*COUNTING, *BY_TIME)
        stretches = runs.of(one.time, one.inner.width, skipped) if shared and one.time else None
        state = cells.state(one.inner, stretches) if cells and shared else None
        if state is None:
            clock = [one.time.values[skipped:]] if one.time else []
            state = one.inner.observe(*clock, values)
        found[one.at] = _whole(one, state)
    return found


def _whole(member: Member, state: Any) -> Any:
    """Return the state asked for, of the state of what is looked at."""
    if member.asked is member.inner:
        return state
    columns: list[Int64s] = [one.values for one in (member.time, member.column) if one]
    return member.asked.around(columns, state)
