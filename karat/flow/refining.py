"""A partition's doubtful distances made exact: its columns are looked at again, and no others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from karat.contracts import Measure
from karat.golden import Refined, Yardstick, refined_distance
from karat.lake import CommitId, Lake
from karat.verdicts import Subject
from karat.verdicts.facts import Facts
from karat.verdicts.full_values import full_values
from karat.verdicts.judging import Rulebook


class Refinement(NamedTuple):
    """Facts with exact distances where a threshold left a doubt, and the columns read for them."""

    facts: Facts
    reread: tuple[str, ...] = ()


def refine(
    rules: Rulebook,
    case: Subject,
    facts: Facts,
    states: Sequence[tuple[Measure, Any]],
    golden: tuple[Lake, CommitId],
    observe: Callable[[Measure], Any],
) -> Refinement:
    """Return the facts with exact distances where all golden values, at `golden`, are to say.

    `observe` gives a state that is kept, or reads the candidate for it. Nothing is read where no
    threshold lies inside the bounds of a distance.
    """
    doubts, held = rules.doubtful(case.stratum, facts.far), rules.held(case.stratum)
    known: dict[str, Refined] = {}
    reread: list[str] = []
    for name in doubts:
        before = case.candidate.bytes_read
        known[name] = _exact(held[name], _of(states, name), golden, observe)
        if case.candidate.bytes_read > before:
            reread += held[name].measure().reads()
    return Refinement(facts.with_refined(known), tuple(dict.fromkeys(reread)))


def _exact(
    one: Yardstick,
    state: Any,
    golden: tuple[Lake, CommitId],
    observe: Callable[[Measure], Any],
) -> Refined:
    return refined_distance(one, full_values(*golden, one.full), state, observe)


def _of(states: Sequence[tuple[Measure, Any]], name: str) -> Any:
    return next(state for m, state in states if (m.family, m.name) == ("unpaired", name))
