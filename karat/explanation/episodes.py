"""Steps of episodes by hand: row by row, each beside the row before it."""

from __future__ import annotations

import pyarrow as pa

from karat.contracts import Contract, EpisodesRule
from karat.contracts.episodes_rule import LINKED
from karat.explanation.choosing import cells
from karat.explanation.laws import counted
from karat.explanation.worked import Worked


def by_episodes(worked: Worked, contract: Contract, rule: EpisodesRule, table: pa.Table) -> None:
    """Work out which rows are out of their place, or observe what was not said to come next."""
    linked = worked.finding.name == LINKED
    ends = [1 in pair for pair in _rows(table, (rule.terminated, rule.truncated))]
    bad = _unlinked(rule, table, ends) if linked else _misplaced(rule, table, ends)
    checked = list(range(1 if linked else 0, table.num_rows))
    worked.say(f"each of {len(checked):,} rows is held against the row before it")
    counted(worked, contract, table, checked, bad, 0)


def _rows(table: pa.Table, names: tuple[str, ...]) -> list[tuple[object, ...]]:
    return list(zip(*(cells(table, name) for name in names), strict=True))


def _unlinked(rule: EpisodesRule, table: pa.Table, ends: list[bool]) -> list[int]:
    seen, said = _rows(table, rule.observation), _rows(table, rule.next_observation)
    return [n for n in range(1, len(seen)) if not ends[n - 1] and seen[n] != said[n - 1]]


def _misplaced(rule: EpisodesRule, table: pa.Table, ends: list[bool]) -> list[int]:
    """Return the rows out of order; the first row and the last may each be counted once more."""
    episodes, steps = cells(table, rule.episode), cells(table, rule.step)
    flags = _rows(table, (rule.terminated, rule.truncated))
    if not steps:
        return []
    sound = [set(pair) <= {0, 1} for pair in flags]
    bad = [0] * (steps[0] != 0 or not sound[0])
    for n in range(1, len(steps)):
        begins = (episodes[n], steps[n]) == (episodes[n - 1] + 1, 0)
        goes_on = (episodes[n], steps[n]) == (episodes[n - 1], steps[n - 1] + 1)
        if not ((begins if ends[n - 1] else goes_on) and sound[n]):
            bad.append(n)
    closed = 1 in flags[-1] and all(cells(table, name)[-1] is not None for name in rule.seen)
    return bad if closed else [*bad, len(steps) - 1]
