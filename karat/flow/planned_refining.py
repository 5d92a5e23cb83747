"""Which distances judging will refine, told from states that are kept: no column is read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from karat.compute.state_store import kept_states
from karat.contracts import Measure
from karat.golden import Finer, Yardstick, effective_rows
from karat.store import Store
from karat.verdicts import Subject
from karat.verdicts.facts import Far, States
from karat.verdicts.full_values import full_of
from karat.verdicts.judging import Rulebook


class Planned(NamedTuple):
    """A distance by its `name`, with the measure that is to be made of rows for it."""

    name: str
    measure: Measure


def planned(rules: Rulebook, case: Subject, store: Store) -> list[Planned]:
    """Return the distances of a partition that have a threshold inside what is certified.

    Only of those whose coarse states are in `store`, and whose finer ones are not: for others
    columns are read anyway, or none is. Reads golden's values where a doubt asks for them.
    """
    held = {name: one for name, one in rules.held(case.stratum).items() if one.full}
    if not held:
        return []
    asked = [m for m in case.measures if m.name in held and m.family in ("unpaired", "effective")]
    keys = [measure.state_key(case.content.columns) for measure in asked]
    kept = zip(asked, kept_states(asked, keys, store), strict=True)
    states: dict[tuple[str, str], Any] = {(m.family, m.name): s[0] for m, s in kept if s}
    doubts = rules.doubtful(case.stratum, _far(held, states))
    full = partial(full_of, case.candidate.lake, case.sources)
    finer = {n: Finer.of(held[n], full(held[n]), states["unpaired", n]) for n in doubts}
    found = [Planned(n, one.yardstick.measure()) for n, one in finer.items() if one.cells]
    names = [one.measure.state_key(case.content.columns) for one in found]
    there = store.get_many(names)
    return [one for one, name in zip(found, names, strict=True) if name not in there]


def _far(held: Mapping[str, Yardstick], states: States) -> dict[str, Far]:
    found = {}
    for name, one in held.items():
        state, blocks = states.get(("unpaired", name)), states.get(("effective", name))
        worth = None if blocks is None else effective_rows(one.rule, blocks)
        if state is not None:
            found[name] = Far(one.distance(state), worth)
    return found
