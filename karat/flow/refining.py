"""A partition's doubtful distances made exact: its columns are looked at again, and no others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from karat.compute import Compute, states_of
from karat.contracts import Measure
from karat.lake import Lake
from karat.store import Store
from karat.verdicts import Subject
from karat.verdicts.exact_facts import exact_facts
from karat.verdicts.facts import Facts
from karat.verdicts.full_values import full_of
from karat.verdicts.judging import Rulebook


class Refinement(NamedTuple):
    """Facts with exact distances where a threshold left a doubt, and the columns read for them."""

    facts: Facts
    reread: tuple[str, ...]


def refine(
    rules: Rulebook,
    case: Subject,
    facts: Facts,
    states: Sequence[tuple[Measure, Any]],
    lake: Lake,
    store: Store,
    inside: Compute | None = None,
) -> Refinement:
    """Return the facts with exact distances where all golden values are to say.

    States in finer cells are kept in `store`, or made of the columns, which are read once for all
    of them, parts of a large partition as `inside` says. Nothing is read where no threshold lies
    inside the bounds of a distance.
    """
    reread: list[str] = []

    def observe(asked: Sequence[Measure]) -> Sequence[Any]:
        before = case.candidate.bytes_read
        names = [measure.state_key(case.content.columns) for measure in asked]
        kept = store.get_many(names)
        found = states_of(asked, case.content, case.candidate, store, inside)
        if case.candidate.bytes_read > before:
            lacking = zip(asked, names, strict=True)
            reread.extend(c for one, name in lacking if name not in kept for c in one.reads())
        return found

    doubts, held = rules.doubtful(case.stratum, facts.far), rules.held(case.stratum)
    full = partial(full_of, lake, case.sources)
    found = exact_facts(facts, doubts, held, states, full, observe)
    return Refinement(found, tuple(dict.fromkeys(reread)))
