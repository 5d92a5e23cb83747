"""Distances in golden's cells by hand: every value is put into its cell, and the cells compared."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np

from karat.explanation.cell_numbers import IRRATIONAL, Table, worked_out
from karat.explanation.spreads import ratio
from karat.explanation.worked import Worked
from karat.golden import Yardstick, cell_distance
from karat.states import Counts, GapSumsState, ReferenceCounts
from karat.states.wide_sums import WideSums

SHOWN = 3


def by_cells(worked: Worked, one: Yardstick, cells: ReferenceCounts, values: list[Any]) -> Any:
    """Work out a distance from the cells of single values; return the point of most difference.

    None for no rows.
    """
    points = [value.item() for value in cells.points]
    values = [value for value in values if value == value]  # noqa: PLR0124 - NaN is no value
    at = [bisect_left(points, value) + bisect_right(points, value) for value in values]
    ours, golden = Counter(at), [int(count) for count in cells.golden]
    n, m = len(values), sum(golden)
    if not (n and m):
        worked.say(f"{n:,} values of the candidate, {m:,} of golden: nothing to compare")
        return None
    worked.say(
        f"n = {n:,} values of the candidate, m = {m:,} of the golden reference days,"
        f" in {len(golden):,} cells: {len(points):,} points and what lies between them"
    )
    apart = {cell: abs(ours[cell] * m - count * n) for cell, count in enumerate(golden)}
    ranked = sorted(apart, key=lambda cell: (-apart[cell], cell))
    for cell in ranked[:SHOWN]:
        share = f"{ours[cell] / n:.6f} of ours, {golden[cell] / m:.6f} of golden"
        worked.say(f"{_place(points, cell)}: {ours[cell]:,} and {golden[cell]:,} rows, {share}")
    low, high = _bounds(worked, one, Table(golden, [ours[cell] for cell in apart]), at, values)
    worked.say(f"{one.rule.kind}{_by(one)} of these cells is {_words(low, high)}")
    ratio(worked, one, low, high, n)
    return points[min(ranked[0] // 2, len(points) - 1)]


def _bounds(
    worked: Worked, one: Yardstick, table: Table, at: list[int], values: list[Any]
) -> tuple[Fraction, Fraction]:
    """Return the distance of the cells counted here, written out where that takes a few steps."""
    found = worked_out(one.rule, table)
    if found is not None:
        if one.rule.kind in IRRATIONAL:
            worked.nearly |= {"low", "high", "ratio"}
        return found
    sums = Counter[int]()
    for cell, value in zip(at, values, strict=True):
        sums[cell] += value
    distance = cell_distance(one.rule, one.golden, _state(one, table.ours, sums))
    worked.say("sums over cells with certain ends: worked out by the engine, from this count")
    return distance.lower, distance.upper


def _state(one: Yardstick, ours: list[int], sums: Counter[int]) -> Any:
    held = [cell for cell, count in enumerate(ours) if count]
    counts = Counts(np.array(held, np.int64), np.array([ours[cell] for cell in held], np.int64), 0)
    if isinstance(one.golden, ReferenceCounts):
        return counts
    wide = np.array([sums[cell] for cell in held if cell % 2 == 0], object)
    return GapSumsState(counts, WideSums.of_whole(wide))


def _place(points: list[Any], cell: int) -> str:
    """Return where a cell lies, in words."""
    above = cell // 2
    if cell % 2:
        return f"at {points[above]}"
    if 0 < above < len(points):
        return f"between {points[above - 1]} and {points[above]}"
    return f"below {points[0]}" if not above else f"above {points[-1]}"


def _by(one: Yardstick) -> str:
    """Return what the rule says of the kind, where it says something."""
    rule = one.rule
    if rule.kind == "quantile_shift":
        return f" at {rule.quantile}"
    if rule.kind not in ("cell_variation", "psi", "js", "hellinger", "chi2"):
        return ""
    bins = "" if rule.bins is None else f" in {rule.bins} bins"
    floor = f" with shares of at least {rule.floor or 'half a row'}" if rule.kind == "psi" else ""
    return bins + floor


def _words(low: Fraction, high: Fraction) -> str:
    if high - low < Fraction(1, 10**12):
        return f"{float(low):.6f}"
    return f"at least {float(low):.6f} and at most {float(high):.6f}"
