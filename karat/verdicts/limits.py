"""What distances are held to: q, and for each distance what it comes to in its own units.

A distance in units of its scale is at most q exactly where the distance is at most q times the
scale, and a farthest stretch likewise: so that is worked out once for all partitions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from karat.contracts import DistanceRule
from karat.distances import Distance
from karat.golden import HalfWidth, Yardstick, needed_days, quantile
from karat.golden.half_widths import UNIT
from karat.verdicts.verdict import FAIL, OPEN, PASS, Outcome

Bounds = tuple[Fraction, Fraction]


def against(score: Bounds, q: Bounds) -> Outcome:
    """Return PASS where the score is certainly at most q, FAIL where it is certainly above."""
    if at_most(score[1], q[0]):
        return PASS
    return OPEN if at_most(score[0], q[1]) else FAIL


def at_most(value: Fraction, bound: Fraction) -> bool:
    """Return `value` <= `bound`, in a third of the time that comparing rationals takes.

    >>> at_most(Fraction(1, 3), Fraction(1, 3)), at_most(Fraction(1, 2), Fraction(1, 3))
    (True, False)
    """
    return value.numerator * bound.denominator <= bound.numerator * value.denominator


@dataclass(frozen=True)
class Bar:
    """What one distance is held to: q in its own units, and in those of its farthest stretch.

    `tolerance` is None where the rule has none; `width` is how far a distance of so many
    effective rows may be off.
    """

    whole: Bounds
    stretch: Bounds
    tolerance: Fraction | None
    width: HalfWidth

    @classmethod
    def of(cls, rule: DistanceRule, one: Yardstick, alpha: Fraction, q: Bounds) -> Bar:
        """Return what `rule` holds the distance from a yardstick to."""
        low, high = (bound * one.scale for bound in q)
        cut, stretch = one.chunks, q
        if cut is not None:
            usual = cut.usual or Fraction(0)
            stretch = q[0] * cut.spread + usual, q[1] * cut.spread + usual
        tolerance = None if rule.tolerance is None else Fraction(rule.tolerance)
        width = HalfWidth(alpha, one.effective_rows, rule.widths)
        return cls((low, high), stretch, tolerance, width)

    def distance(self, found: Distance) -> Outcome:
        """Return whether a distance is at most q scales."""
        return against((found.lower, found.upper), self.whole)

    def inside(self, found: Distance, effective_rows: Fraction | None) -> bool:
        """Return whether what a distance is held to lies between its bounds: a doubt is left.

        Of a tolerance that is its ends less and more the half-width; nothing where none is known.
        """
        if found.lower == found.upper:
            return False
        asked = [*self.whole]
        width = None if self.tolerance is None else self.width.units(effective_rows)
        if self.tolerance is not None and width is not None:
            off = Fraction(width, UNIT)
            asked += [self.tolerance - off, self.tolerance + off]
        return any(at_most(found.lower, one) and not at_most(found.upper, one) for one in asked)

    def farthest(self, largest: Fraction) -> Outcome:
        """Return whether the farthest stretch, that far from golden, is at most q spreads off."""
        return against((largest, largest), self.stretch)

    def tolerated(self, found: Distance, effective_rows: Fraction | None) -> Outcome:
        """Return whether a distance is shown to lie within the tolerance, or not to; PASS for none.

        A distance with its half-width around it; INCONCLUSIVE where nothing tells the width.
        """
        if self.tolerance is None:
            return PASS
        width = self.width.units(effective_rows)
        if width is None:
            return OPEN
        asked, unit = self.tolerance.numerator * UNIT, self.tolerance.denominator
        low, high, width = found.lower, found.upper, width * unit
        if high.numerator * unit * UNIT <= (asked - width) * high.denominator:
            return PASS
        far = low.numerator * unit * UNIT > (asked + width) * low.denominator
        return FAIL if far else OPEN


@dataclass(frozen=True)
class Limit:
    """The bounds of q, None for too few of the calibration days, and those days' scores."""

    alpha: Fraction
    scores: Sequence[Bounds]
    _bars: dict[str, Bar] = field(default_factory=dict, compare=False)

    @cached_property
    def bounds(self) -> Bounds | None:
        """The quantile's bounds, None with too few days."""
        ends = [quantile([score[end] for score in self.scores], self.alpha) for end in (0, 1)]
        return None if ends[0] is None or ends[1] is None else (ends[0], ends[1])

    @property
    def days(self) -> str:
        """How many calibration days there are of those needed."""
        return f"{len(self.scores)} of {needed_days(self.alpha)} calibration days"

    def bar(self, rule: DistanceRule, one: Yardstick) -> Bar | None:
        """Return what `rule` holds the distance from a yardstick to; None with too few days.

        The rules that are asked about must be of one contract and stratum: their names are told
        apart, and nothing else of them.
        """
        if self.bounds is None:
            return None
        found = self._bars.get(rule.name)
        if found is None:
            found = self._bars[rule.name] = Bar.of(rule, one, self.alpha, self.bounds)
        return found
