"""How far a quantile of golden has moved: in shares of rows, exactly, and in the column's unit."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from karat.distances.distance import Distance, Threshold, rational
from karat.errors import InputError
from karat.states import Counts, ReferenceCounts
from karat.states.encoding import Int64s


@dataclass(frozen=True)
class Moved:
    """A quantile of rows less that of golden, in the column's unit, is certain to lie in between.

    None where the quantile lies beyond golden's outermost point, which bounds it on one side only.
    """

    lower: Fraction | None
    upper: Fraction | None

    @property
    def exact(self) -> bool:
        """Whether both bounds are one."""
        return self.lower is not None and self.lower == self.upper


def quantile_shift(stat: ReferenceCounts, state: Counts, share: Threshold = "1/2") -> Distance:
    """Return |G(q) - F(q)| at golden's quantile q: its least value with F(q) of at least `share`.

    F(q) is more than `share` where q is a heavy value, so equal rows have no shift. Exact with q
    a point; in an open cell as far apart as its ends. No rows, or a golden without values, gives
    `Distance.none()`. Raises `InputError` for a share that is not above 0, or above 1.
    """
    wanted = _checked(share)
    stat.check(state)
    golden_rows, rows = stat.rows, state.rows
    if not (golden_rows and rows):
        return Distance.none()
    at = _first(stat.cumulative, wanted, golden_rows)
    inside = int(np.searchsorted(state.cells, at))
    below = int(state.counts[:inside].sum())
    held = inside < state.cells.size and state.cells[inside] == at
    upto = below + (int(state.counts[inside]) if held else 0)
    end = Fraction(int(stat.cumulative[at]), golden_rows)
    if at % 2:
        apart = abs(Fraction(upto, rows) - end)
        return Distance(apart, apart, rows)
    least, most = Fraction(below, rows) - end, Fraction(upto, rows) - wanted
    lower = Fraction(0) if least <= 0 <= most else min(abs(least), abs(most))
    return Distance(lower, max(abs(least), abs(most)), rows)


def quantile_moved(stat: ReferenceCounts, state: Counts, share: Threshold = "1/2") -> Moved | None:
    """Return between what the quantile of the rows less that of golden lies, in the column's unit.

    Each is the least value with at least `share` of its rows not above it. Exact when both are
    points. None without rows, without golden values, or for a quantile that is infinite. Raises
    `InputError` for a share that is not above 0, or above 1.
    """
    wanted = _checked(share)
    stat.check(state)
    if not (stat.rows and state.rows):
        return None
    golden = _around(stat, _first(stat.cumulative, wanted, stat.rows))
    ends = np.cumsum(state.counts)
    ours = _around(stat, int(state.cells[_first(ends, wanted, state.rows)]))
    sides = ((ours[0], golden[1]), (ours[1], golden[0]))
    if any(abs(side) == float("inf") for pair in sides for side in pair if side is not None):
        return None
    return Moved(*(_less(*side) for side in sides))


def _checked(share: Threshold) -> Fraction:
    wanted = rational(share)
    if not 0 < wanted <= 1:
        raise InputError(f"a quantile of share {share} is none: it must be above 0 and at most 1")
    return wanted


def _first(ends: Int64s, wanted: Fraction, rows: int) -> int:
    """Return the first place whose count of rows up to there is at least `wanted` of `rows`."""
    needed = -(-wanted.numerator * rows // wanted.denominator)
    return int(np.searchsorted(ends, needed))


Side = int | float | None


def _around(stat: ReferenceCounts, cell: int) -> tuple[Side, Side]:
    """Return the points that the values of a cell lie on or between; integers lie inside."""
    if cell % 2:
        point: Side = stat.points[cell // 2].item()
        return point, point
    step = int(stat.points.dtype.kind == "i")
    above = cell // 2
    lower = stat.points[above - 1].item() + step if above else None
    upper = stat.points[above].item() - step if above < stat.points.size else None
    return lower, upper


def _less(a: Side, b: Side) -> Fraction | None:
    return None if a is None or b is None else Fraction(a) - Fraction(b)
