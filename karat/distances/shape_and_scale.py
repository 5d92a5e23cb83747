"""The scale-free distance: what is left of KS when the golden may be stretched about zero.

Statistics note, section 2: D_s = min over s of sup over x of |F(x/s) - G(x)|, the KS distance of
the rows to the golden multiplied by s, at its best. A day that is only wilder than golden days has
a small one; a day of another shape has not. Values of both signs are stretched alike, 0 stays 0;
a column of 0 alone has D_s = D. For a column whose zero means nothing (a price), s means nothing;
on a coarse grid of ticks a stretched grid fits badly, and rows beyond all golden points can lie
anywhere there: the bounds say so.

At a given s the distribution of the rows is known at the golden's points, the stretched golden
up to a share of its open gaps: both together bound the supremum from below and above, as in
Theorem 2. As s grows, point / s only comes nearer to 0, so what holds at two scales bounds all
scales between them. Best-first branch and bound over these intervals, split at quotients of two
points, gives the least lower bound of all scales, so D_s is certain to lie within the answer. It
is exact when every golden value is a point and no row lies between points (a tick grid), unless
there are so many points that the search stops early, which widens the bounds and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from karat.distances.distance import Distance
from karat.distances.scale_search import search
from karat.states import Counts, ReferenceCounts


@dataclass(frozen=True)
class ScaleFree:
    """The scale-free distance, and the `scale` by which golden values fit the rows best.

    `scale` has the smallest certain upper bound of all scales met, the first of equal ones, and 1
    is met first; 1 where there is no distance.
    """

    distance: Distance
    scale: Fraction

    def words(self, raw: Distance) -> str:
        """Return how the KS distance `raw` splits into scale and shape.

        >>> half, tenth = (Distance(Fraction(1, n), Fraction(1, n), 9) for n in (2, 10))
        >>> ScaleFree(tenth, Fraction(5, 4)).words(half)
        'golden x 1.25 fits best: D goes from 0.5 to 0.1; mostly scale'
        """
        if not (raw.count and self.distance.count):
            return "no rows to compare"
        change = f"D goes from {raw.value:.3g} to {self.distance.value:.3g}"
        return f"golden x {float(self.scale):.4g} fits best: {change}; {self._mostly(raw)}"

    def _mostly(self, raw: Distance) -> str:
        if not raw.upper:
            return "no difference"
        if 2 * self.distance.upper < raw.lower:
            return "mostly scale"
        if 2 * self.distance.lower >= raw.upper:
            return "mostly shape"
        if 2 * (self.distance.upper - self.distance.lower) > raw.lower:
            return "these cells cannot tell scale from shape"
        return "scale and shape alike"


def scale_free(stat: ReferenceCounts, state: Counts) -> ScaleFree:
    """Return the scale-free distance between the rows of `state` and the golden of `stat`.

    Scales from 2**-64 to 2**64 are looked at. No rows, or a golden without values, gives
    `Distance.none()` and scale 1. Nulls take no part. Never above the KS distance.
    """
    stat.check(state)
    if not (stat.rows and state.rows):
        return ScaleFree(Distance.none(), Fraction(1))
    if not stat.points.size:  # one cell: no scale tells more than another
        return ScaleFree(Distance(Fraction(0), Fraction(1), state.rows), Fraction(1))
    low, high, scale = search(stat, state)
    whole = stat.rows * state.rows
    return ScaleFree(Distance(Fraction(low, whole), Fraction(high, whole), state.rows), scale)
