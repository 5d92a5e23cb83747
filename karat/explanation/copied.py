"""Copies of the day before, by hand: every gram of both days, and the longest copied stretch."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pyarrow as pa

from karat.contracts import Contract, CopiesRule, chosen
from karat.explanation.choosing import cells, chosen_rows
from karat.explanation.worked import Worked
from karat.golden import sampling_width

RARE = Fraction(1, 1000)
Gram = tuple[Any, ...]


def by_copies(
    worked: Worked, contract: Contract, rule: CopiesRule, table: pa.Table, before: pa.Table | None
) -> None:
    """Work out which share of a day's different grams the day before has too.

    A verdict tells it by a sample where there are many grams: then the two shares lie within the
    sample's width, and agree by that.
    """
    if before is None:
        worked.say("there is no day before")
        return
    at = chosen_rows(worked, table, chosen(contract, rule.rows), _columns(rule))
    worked.say("and of the day before:")
    earlier = chosen_rows(worked, before, chosen(contract, rule.rows), _columns(rule))
    ours, theirs = _grams(rule, table, at), set(_grams(rule, before, earlier))
    different = set(ours)
    if not (different and theirs):
        worked.say("neither day has grams to compare")
        return
    share = Fraction(len(different & theirs), len(different))
    begin, length = _longest([gram in theirs for gram in ours])
    grams = f"{len(different):,} different grams of {rule.width} rows"
    worked.say(
        f"{len(different & theirs):,} of {grams} are of the day before too: {float(share):.6f}"
    )
    stored, sampled = worked.finding.numbers.get("share"), worked.finding.numbers.get("sampled")
    if isinstance(stored, float | int) and isinstance(sampled, int):
        width = 0 if sampled == len(different) else sampling_width(RARE, sampled)
        if width:
            worked.say(f"the verdict has it from {sampled:,} of them, to within {float(width):.4f}")
        near = abs(Fraction(stored) - share) <= width + Fraction(1, 10**12)
        worked.found(share=stored if near else float(share))
    if length:
        worked.say(f"the longest copied stretch begins at row {at[begin]} and has {length:,} grams")
        worked.show(table, at[begin : begin + length + rule.width - 1])


def _columns(rule: CopiesRule) -> tuple[str, ...]:
    return (*rule.columns, *rule.changes)


def _grams(rule: CopiesRule, table: pa.Table, at: list[int]) -> list[Gram]:
    """Return the values of `width` neighbouring rows, changing columns less their first value."""
    still = [[values[n] for n in at] for values in (cells(table, c) for c in rule.columns)]
    moving = [[values[n] for n in at] for values in (cells(table, c) for c in rule.changes)]
    return [
        (
            *(tuple(column[n : n + rule.width]) for column in still),
            *(tuple(v - column[n] for v in column[n : n + rule.width]) for column in moving),
        )
        for n in range(len(at) - rule.width + 1)
    ]


def _longest(flags: list[bool]) -> tuple[int, int]:
    """Return where the longest run of true begins, and its length; the first of equal ones."""
    best, begin = (0, 0), 0
    for n, flag in enumerate([*flags, False]):
        if flag:
            continue
        if n - begin > best[1]:
            best = begin, n - begin
        begin = n + 1
    return best
