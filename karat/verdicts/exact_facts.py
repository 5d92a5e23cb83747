"""Facts with exact distances, of those that coarse golden cells leave in doubt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from karat.contracts import Measure
from karat.golden import Finer, Refined, Yardstick
from karat.states import ReferenceCounts
from karat.verdicts.facts import Facts

Full = Callable[[Yardstick], ReferenceCounts]
"""Gives all golden values of a yardstick."""
Observe = Callable[[Sequence[Measure]], Sequence[Any]]
"""Gives a candidate's state of each measure, kept or made of its rows, which are read once."""


def exact_facts(
    facts: Facts,
    doubts: Iterable[str],
    held: Mapping[str, Yardstick],
    states: Sequence[tuple[Measure, Any]],
    full: Full,
    observe: Observe,
) -> Facts:
    """Return the facts with the exact distances of `doubts`; `held` are the yardsticks.

    `states` are those that facts were taken from. Without doubts nothing is asked of anybody.
    """
    coarse = {m.name: state for m, state in states if m.family == "unpaired"}
    finer = {name: Finer.of(held[name], full(held[name]), coarse[name]) for name in doubts}
    asked = [name for name, one in finer.items() if one.cells]
    made = observe([finer[name].yardstick.measure() for name in asked]) if asked else []
    states_of = coarse | dict(zip(asked, made, strict=True))
    known = {
        name: Refined(one.yardstick.distance(states_of[name]), one.cells)
        for name, one in finer.items()
    }
    return facts.with_refined(known) if known else facts


def at_hand(one: Yardstick) -> ReferenceCounts:
    """Return all golden values of a yardstick of a manifest that was just built."""
    return ReferenceCounts.from_bytes(one.every or b"")
