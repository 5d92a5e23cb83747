"""Distribution functions in golden's own cells: what is known of them, and where they differ most.

Between points p_1 < ... < p_k a distribution function is known just below and at every point, 2k
values; in between it climbs somewhere. So its corners, those values between 0 and 1, are exact,
and corner i and i + 1 are the ends of cell i.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat.states import Counts, ReferenceCounts
from karat.states.encoding import Int64s

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Steps:
    """The 2k + 2 corners: `share` of the rows at or below, from 0 to 1, in cells of `points`.

    Corner 0 lies anywhere below p_1, corner 2j + 1 just below the point j and corner 2j + 2 at
    it, counting from 0; the last corner lies anywhere above p_k.
    """

    points: NDArray[Any]
    share: Floats

    def at(self, left: float, right: float) -> Floats:
        """Return where the corners lie on an axis from `left` to `right`."""
        inside = np.clip(np.repeat(self.points.astype(np.float64), 2), left, right)
        return np.concatenate([[left], inside, [right]])


def golden_steps(stat: ReferenceCounts) -> Steps:
    """Return the corners of golden, which must have rows."""
    return _steps(stat, stat.cumulative)


def candidate_steps(stat: ReferenceCounts, state: Counts) -> Steps:
    """Return the corners of the rows of `state`, which must have some."""
    counts = np.zeros(stat.golden.size, np.int64)
    counts[state.cells] = state.counts
    return _steps(stat, np.cumsum(counts, dtype=np.int64))


def widest(a: Steps, b: Steps) -> int:
    """Return the corner at which the two differ most, the first of several."""
    return int(np.argmax(np.abs(a.share - b.share)))


def thinned(pixels: Floats, kept: int) -> Int64s:
    """Return which rows of `pixels`, corners (x, y) that go up and right, are enough to draw.

    Whatever is left out lies within a pixel, across and up, of the one before it that is not.
    The ends and the row `kept` always stay.
    """
    square = np.floor(pixels)
    new = np.append(True, (square[1:] != square[:-1]).any(axis=1))
    new[[-1, kept]] = True
    return np.flatnonzero(new).astype(np.int64)


def _steps(stat: ReferenceCounts, cumulative: Int64s) -> Steps:
    return Steps(stat.points, np.append(0, cumulative) / cumulative[-1])
