"""What every golden row holds, and where the candidate breaks it.

Found, not written: a rule that all rows of one golden hold is a guess about the others, and the
answer says of how many rows. Fewer than 100 golden rows make no rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat.comparison.met import Met
from karat.comparison.steps import present, rises, tells_time
from karat.states.columns import Numbers

LEAST_ROWS = 100
BELOW = (("bid", "ask"), ("low", "high"), ("min", "max"), ("start", "end"), ("first", "last"))
"""What two names that differ in one word promise: the first is not above the second."""
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Rule:
    """A rule of all golden rows: the candidate's rows that break it, and the first, from 1.

    `decides` is False for a column that is constant on both sides: a name or a date, not a fault.
    """

    text: str
    rows: int
    first: int | None
    golden_rows: int
    decides: bool = True


def rules(met: Met) -> Iterator[Rule]:
    """Yield the rules that golden holds of one column, broken or not."""
    golden, candidate = met.golden, met.candidate
    rows = golden.valid.size
    if rows < LEAST_ROWS:
        return
    if golden.valid.all():
        yield _rule(f"{met.name} is never null", ~candidate.valid, rows)
    held = present(golden)
    if held.size < LEAST_ROWS:
        return
    if (held == held[0]).all():
        yield _constant(met, held[0])
    elif rises(met):
        yield from _rising(met, held)
    elif met.kind == "number" and held.min() >= 0:
        least = "above 0" if held.min() > 0 else "never negative"
        wrong = candidate.values <= 0 if held.min() > 0 else candidate.values < 0
        yield _rule(f"{met.name} is {least}", candidate.valid & wrong, rows)


def pairs(names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the names that promise an order: bid and ask, low and high, and such."""
    for name in names:
        words = name.lower().split("_")
        for low, high in BELOW:
            other = "_".join(high if word == low else word for word in words)
            found = [each for each in names if each.lower() == other]
            if low in words and found:
                yield name, found[0]


def pair_rule(low: Met, high: Met) -> Rule | None:
    """Return `low` < `high`, or <=, where all golden rows that have both hold it; else None."""
    if low.kind != high.kind or not low.ordered:
        return None
    both = low.golden.valid & high.golden.valid
    a, b = low.golden.values[both], high.golden.values[both]
    if a.size < LEAST_ROWS or not (a <= b).all():
        return None
    ours, theirs, there = low.candidate, high.candidate, low.candidate.valid & high.candidate.valid
    strict = bool((a < b).all())
    wrong = ours.values >= theirs.values if strict else ours.values > theirs.values
    sign = "<" if strict else "<="
    return _rule(f"{low.name} {sign} {high.name}", there & wrong, a.size)


def _constant(met: Met, value: Any) -> Rule:
    held = present(met.candidate)
    label = held.size > 0 and bool((held == held[0]).all())
    wrong = met.candidate.valid & (met.candidate.values != value)
    text = f"{met.name} is always {met.show(value)}"
    return _rule(text, wrong, met.golden.valid.size, decides=not label)


def _rising(met: Met, held: NDArray[Any]) -> Iterator[Rule]:
    if (held[1:] < held[:-1]).any():
        return
    # Two rows at one time are no fault; two of one id are.
    strict = not tells_time(met) and bool((held[1:] > held[:-1]).all())
    text = f"{met.name} {'rises from row to row' if strict else 'never falls'}"
    yield _rule(text, _falls(met.candidate, strict=strict), held.size)


def _falls(side: Numbers, *, strict: bool) -> Flags:
    """Return the rows whose value is below the one before, or also equal to it."""
    held, found = present(side), np.zeros(side.valid.size, bool)
    wrong = held[1:] <= held[:-1] if strict else held[1:] < held[:-1]
    found[np.flatnonzero(side.valid)[1:][wrong]] = True
    return found


def _rule(text: str, wrong: Flags, golden_rows: int, *, decides: bool = True) -> Rule:
    count = int(np.count_nonzero(wrong))
    first = int(np.argmax(wrong)) + 1 if count else None
    return Rule(text, count, first, golden_rows, decides)
