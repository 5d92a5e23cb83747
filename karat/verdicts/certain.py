"""Many partitions decided at once, where that is certain; the others are left to rationals.

Columns hold the floats nearest to what was measured: Python rounds a quotient of whole numbers
correctly, so each is within a relative 2^-53 of its rational, or within 2^-1074 of 0. Bars are
rounded likewise, sums and half-widths (`HalfWidth.about`) once or twice more: in every comparison
both sides a and b are within 1e-15 (a + b) + 1e-17 of what they stand for, none being negative. So
where they differ by more than 1e-12 (a + b) + 1e-15, the rationals differ in the same direction.
Whatever is nearer to a bar is in doubt, and `Rulebook.rulings` decides it. Nothing else is decided
here: bars, roles and the order of rules are the rulebook's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from karat.contracts import DistanceRule, UnpairedRule
from karat.golden import Yardstick
from karat.verdicts.chunk_findings import missing
from karat.verdicts.columns import Columns, Far
from karat.verdicts.limits import Bar, Bounds, Limit

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]
Doubts = NDArray[np.bool_]
PASS, OPEN, FAIL = 0, 1, 2
"""Outcomes by severity."""
NOT = -1
"""Where a rule does not count: less than any outcome."""
NEAR, LEAST = 1e-12, 1e-15


class Decided(NamedTuple):
    """A rule's outcome for each partition, NOT where it is no gate, and where it is in doubt."""

    codes: Codes
    doubts: Doubts


class Distances(NamedTuple):
    """The score, and each distance with its role."""

    score: Decided
    each: Sequence[tuple[DistanceRule, Decided]]


def violated(columns: Columns, name: str, allowance: int) -> Decided:
    """Return what `rows_ruling` decides: FAIL for more than are allowed, OPEN without rows."""
    rows, broken = _whole(columns.rows), _whole(columns.kept[name])
    codes = np.where(rows == 0, OPEN, np.where(broken > allowance, FAIL, PASS))
    return Decided(codes.astype(np.int8), np.zeros(rows.size, bool))


def distances(
    rule: UnpairedRule, held: dict[str, Yardstick], limit: Limit, columns: Columns
) -> Distances:
    """Return what `judge_unpaired` decides of the score and of each distance."""
    size = len(columns.rows)
    score, found = everywhere(NOT, size), []
    for asked in rule.distances if limit.scores else ():
        one = held.get(asked.name)
        bar = limit.bar(asked, one) if one is not None else None
        if one is None or bar is None:
            found.append((asked, everywhere(OPEN, size)))
            continue
        far = columns.far[asked.name]
        decided, usual = _distance(rule, one, bar, far)
        found.append((asked, decided))
        if asked.severity == "gate":
            score = _worse(score, usual)
    nothing = (score.codes == NOT) | (limit.bounds is None)
    codes = np.where(nothing, OPEN, score.codes).astype(np.int8)
    return Distances(Decided(codes, score.doubts), found)


def _distance(rule: UnpairedRule, one: Yardstick, bar: Bar, said: Far) -> tuple[Decided, Decided]:
    """Return what is decided of a distance, and its part of the score."""
    enough = _whole(said.counted) >= one.rule.min_rows
    low, high, unsure = _settled(one, bar, said)
    near = against(low, high, bar.whole)
    shown = _tolerated(bar, low, high, _floats(said.worth))
    cut = (_whole(said.cut) != 0) & (one.chunks is not None)
    farthest = _floats(said.farthest)
    deciding = cut & ~np.isnan(farthest) & (rule.worst_chunk == "gate")
    far = _where(deciding, against(farthest, farthest, bar.stretch), NOT)
    unknown = ~deciding & (missing(rule, one) | (cut & (rule.worst_chunk == "gate")))
    held = _where(~unknown, far, OPEN)
    whole = _worse(_worse(near, shown), held)
    asked = _where(enough, Decided(near.codes, unsure), NOT)
    known = _where(enough, whole, OPEN), _where(enough, _worse(near, far), NOT)
    return known[0]._replace(doubts=known[0].doubts | asked.doubts), known[1]


def _settled(one: Yardstick, bar: Bar, said: Far) -> tuple[Floats, Floats, Doubts]:
    """Return the bounds that decide, as `Measured.settled` chooses them, and where that is unsure.

    Those by all golden values where a threshold lies inside the others: known, or to be asked for.
    """
    low, high, exact = _floats(said.low), _floats(said.high), _floats(said.exact_low)
    inside, near = _inside(bar, low, high, said.worth)
    known = ~np.isnan(exact)
    chosen = inside & known
    unsure = (near & ~chosen) if one.full else (near & ~chosen & known)
    decisive = np.where(chosen, exact, low), np.where(chosen, _floats(said.exact_high), high)
    return *decisive, unsure


def _inside(bar: Bar, low: Floats, high: Floats, worth: Sequence[float]) -> tuple[Doubts, Doubts]:
    """Return where a threshold lies inside bounds for certain, and where it may."""
    certain, near = np.zeros(low.size, bool), np.zeros(low.size, bool)
    asked: list[tuple[Any, Any]] = [(0.0, float(end)) for end in bar.whole]
    if bar.tolerance is not None:
        around, width = float(bar.tolerance), bar.width.about(_floats(worth))
        asked += [(width, around), (0.0, around + width)]
    for more, at in asked:  # sums on both sides: a difference would not be near in its own size
        lower, upper = low + more, high + more
        close_below, close_above = _close(lower, at), _close(upper, at)
        certain |= (lower <= at) & (upper > at) & ~close_below & ~close_above
        near |= ((lower <= at) | close_below) & ((upper > at) | close_above)
    return certain, near


def against(low: Floats, high: Floats, bar: Bounds) -> Decided:
    """Return what `karat.verdicts.limits.against` says of each pair of bounds."""
    least, most = float(bar[0]), float(bar[1])
    codes = np.where(high <= least, PASS, np.where(low <= most, OPEN, FAIL))
    return Decided(codes.astype(np.int8), _close(high, least) | _close(low, most))


def _tolerated(bar: Bar, low: Floats, high: Floats, worth: Floats) -> Decided:
    if bar.tolerance is None:
        return everywhere(PASS, low.size)
    asked, width = float(bar.tolerance), bar.width.about(worth)
    known = ~np.isnan(width)
    codes = np.where(high + width <= asked, PASS, np.where(low > asked + width, FAIL, OPEN))
    doubts = _close(high + width, asked) | _close(low, asked + width)
    return Decided(codes.astype(np.int8), doubts & known)


def everywhere(code: int, size: int) -> Decided:
    """Return one outcome for all partitions, nowhere in doubt."""
    return Decided(np.full(size, code, np.int8), np.zeros(size, bool))


def _worse(one: Decided, other: Decided) -> Decided:
    return Decided(np.maximum(one.codes, other.codes), one.doubts | other.doubts)


def _where(those: Doubts, decided: Decided, otherwise: int) -> Decided:
    codes = np.where(those, decided.codes, otherwise).astype(np.int8)
    return Decided(codes, decided.doubts & those)


def _close(one: Floats, other: Any) -> Doubts:
    doubts: Doubts = np.abs(one - other) <= NEAR * (one + other) + LEAST
    return doubts


def _whole(values: Sequence[int]) -> NDArray[np.int64]:
    return np.array(values, np.int64)


def _floats(values: Sequence[float]) -> Floats:
    return np.array(values, np.float64)
