"""The two-sample Cramer-von Mises distance by midranks (Anderson 1962), exact or between bounds.

T is a sum over groups of equal values. With A golden rows and B rows below a group of a and b, of
m and n, it is made of u = m sum [a (B + b/2)^2 + (a^3 - a)/12] + n sum [b (A + a/2)^2 + (b^3 -
b)/12]. A point is a group. In an open cell with rows of one side only, just the cubes depend on
which of them are equal. In one with both, sums of A^2 b + 2 A B a and the like over its groups are
differences of end values, by which u = [sum (a + b) D^2 + cubes] / (m + n) + what the ends tell,
D = m (B + b/2) - n (A + a/2) being the height between the two distribution functions. D lies
between its ends, and the cubes (m^2 + n^2 + m n) (a^3 + b^3) - 3 m n a b (a + b), over 12, between
those of all rows different, or in pairs, and of two groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat.distances.distance import Distance
from karat.states import Counts, ReferenceCounts
from karat.states.encoding import Int64s


def cramer_von_mises(stat: ReferenceCounts, state: Counts) -> Distance:
    """Return T (n + m) / (n m): the mean of (F - G)^2 over all rows of both, 0 to 1/3 or so.

    T itself, of the test, grows with the rows. Exact when no open cell holds two rows whose order
    or ties are unknown. No rows, or a golden without values, gives `Distance.none()`.
    """
    stat.check(state)
    m, n = stat.rows, state.rows
    if not (m and n):
        return Distance.none()
    groups = _Groups.of(stat, state)
    pairs = m * n
    as_groups = (m + n) * (groups.twelve_u() - 2 * pairs * (4 * pairs - 1))
    below, above = groups.doubt()
    unit = 12 * (m + n) * pairs**2
    lower, upper = as_groups - below, as_groups + above
    return Distance(Fraction(lower, unit), Fraction(upper, unit), n)


@dataclass(frozen=True)
class _Groups:
    """Cells with rows as if each were one group of equal values; arrays are of Python integers."""

    stat: ReferenceCounts
    state: Counts
    a: NDArray[Any]
    b: NDArray[Any]
    golden_below: NDArray[Any]
    below: NDArray[Any]

    @classmethod
    def of(cls, stat: ReferenceCounts, state: Counts) -> _Groups:
        held, upto = stat.golden[state.cells], np.cumsum(state.counts)
        ends = stat.cumulative[state.cells] - held, upto - state.counts
        columns = (column.astype(object) for column in (held, state.counts, *ends))
        return cls(stat, state, *columns)

    def twelve_u(self) -> int:
        """Return 12 u."""
        m, n, a, b = self.stat.rows, self.state.rows, self.a, self.b
        golden = (a * (2 * self.below + b) ** 2).sum()
        # Golden rows between cells with rows all have the same rows below them.
        reached = np.append(0, self.golden_below + a)
        between = np.append(self.golden_below, m) - reached
        golden += (between * (2 * np.append(self.below, n)) ** 2).sum()
        rows = (b * (2 * self.golden_below + a) ** 2).sum()
        every = np.arange(self.stat.golden.size)
        return int(
            m * (3 * golden + _cubes(self.stat.golden, every)) + n * (3 * rows + (b**3 - b).sum())
        )

    def doubt(self) -> tuple[int, int]:
        """Return how far 12 (m + n) u may lie below and above that of these groups."""
        m, n, cells = self.stat.rows, self.state.rows, self.state.cells
        unknown = unknown_cells(self.stat)
        empty = unknown.copy()
        empty[cells] = False
        below = m * _cubes(self.stat.golden, np.flatnonzero(empty))
        alone = unknown[cells] & (self.stat.golden[cells] == 0)
        below += n * int((self.b[alone] ** 3 - self.b[alone]).sum())
        less, more = self._mixed(unknown[cells] & (self.stat.golden[cells] > 0))
        return (m + n) * below + less, more

    def _mixed(self, chosen: NDArray[np.bool_]) -> tuple[int, int]:
        m, n = self.stat.rows, self.state.rows
        a, b, golden_below, below = (
            column[chosen] for column in (self.a, self.b, self.golden_below, self.below)
        )
        # Twice the height: of the cell as one group, and at most and at least inside.
        height = m * (2 * below + b) - n * (2 * golden_below + a)
        ends = 2 * (m * below - n * (golden_below + a)), 2 * (m * (below + b) - n * golden_below)
        most = np.maximum(*(abs(end) for end in ends)) ** 2
        least = np.where((ends[0] <= 0) & (ends[1] >= 0), 0, np.minimum(*(abs(e) for e in ends)))
        apart = 3 * m * n * a * b * (a + b)
        grouped = (m * m + n * n + m * n) * (a**3 + b**3) - apart
        more = 3 * (a + b) * (most - height**2) + apart
        less = 3 * (a + b) * (height**2 - least**2) + grouped - (a + b) * (m - n) ** 2
        return int(less.sum()), int(more.sum())


def _cubes(counts: Int64s, cells: NDArray[Any]) -> int:
    """Return the sum of count^3 - count."""
    found, times = np.unique(counts[cells], return_counts=True)
    pairs = zip(found.tolist(), times.tolist(), strict=True)
    return sum(often * (count**3 - count) for count, often in pairs)


def unknown_cells(stat: ReferenceCounts) -> NDArray[np.bool_]:
    """Return which cells may hold more than one value: open ones, between integers 3 apart."""
    found: NDArray[np.bool_] = np.arange(stat.golden.size) % 2 == 0
    points = stat.points
    if points.dtype.kind == "i":
        unsigned = points.view(np.uint64)
        found[2:-1:2] = unsigned[1:] - unsigned[:-1] > 2  # noqa: PLR2004
    return found
