"""KS and Kuiper distances of a window that slides over a column, against fixed golden.

One distance a value: that of the last `window` values which ends there, in O(log cells) steps and
exact under ties, atoms and values that golden has not. A treap over observations (dos Reis et al.,
KDD 2016, as in river) assumes that no two are equal, which prices and sizes never satisfy.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from karat.errors import InputError
from karat.states.columns import Column, dense
from karat.states.encoding import Int64s
from karat.states.reference_counts import ReferenceCounts
from karat.states.sliding.tree import Tree
from karat.states.whole_number import check_whole

Floats = NDArray[np.float64]
LARGEST = 1 << 53
"""Numerators below it are floats without rounding, and far from int64's end."""
SMALL, MANY, AT_ONCE = 4096, 1 << 17, 12_000
"""Up to `SMALL` rows in a window over more than `MANY` cells, a tree of the cells in sight, for
`AT_ONCE` values, takes less time than one of all cells: its 8^5 leaves at most stay in cache.
"""


class Extremes(NamedTuple):
    """Distances as integers, one a pushed value, times `rows` and the number of golden rows.

    `above` is the largest by which the window's share up to a value exceeds golden's, `below` the
    largest by which golden's exceeds the window's; `rows` are those in the window.
    """

    above: Int64s
    below: Int64s
    rows: Int64s


class _Sliding(ABC):
    """A window of values, the oldest of which leaves as one is pushed.

    Parameters
    ----------
    golden_values
        A golden column; nulls and NaN are left out. `InputError` when nothing is left.
    window
        Rows to keep; `InputError` below 1, or when window times golden rows reaches 2^53.
    """

    def __init__(self, golden_values: Column, window: int = 500) -> None:
        self._stat = ReferenceCounts.from_golden(golden_values, cells=None)
        if not self._stat.rows:
            raise InputError("a sliding window needs golden values: this column has none")
        window = check_whole(window, "window")
        if window < 1 or window * self._stat.rows >= LARGEST:
            raise InputError(f"a window of {window} rows: 1 to {LARGEST // self._stat.rows} are")
        self._window, self._last = window, np.zeros((3, 1), np.int64)
        self._recent = np.empty(0, np.int64)
        cells = self._stat.golden.size
        self._tree: Tree | None = None
        if window <= SMALL and cells > MANY:
            # Read only where just written, so it needs no clearing.
            self._leaf_of = np.empty(cells, np.int32)
        else:
            self._tree = Tree(self._stat.golden, np.zeros(window, np.int64))

    def push(self, values: Column) -> Floats:
        """Return one distance a value, of the window that ends there; until full, of all so far.

        A null or NaN takes no place: it repeats the distance before it, NaN before any value.
        Values may come one by one or many at once. Raises `InputError` when golden and values are
        not both integers or both floats; then the window stays as it was.
        """
        found = self.extremes(values)
        with np.errstate(invalid="ignore"):
            distances: Floats = self._numerator(found) / (found.rows * self._stat.rows)
        return distances

    def extremes(self, values: Column) -> Extremes:
        """Push `values` and return what `push` divides, in integers."""
        present, valid = dense(values)
        kind = self._stat.points.dtype
        if present.size and present.dtype != kind:
            raise InputError(f"golden is {kind}, values are {present.dtype}: cast one")
        found = np.concatenate([self._last, self._pushed(present)], axis=1)
        self._last = found[:, -1:]
        return Extremes(*found[:, np.cumsum(valid)])

    def _pushed(self, present: NDArray[np.generic]) -> Int64s:
        found = np.empty((3, present.size), np.int64)
        rows = int(self._last[2, 0])
        found[2] = np.minimum(np.arange(rows + 1, rows + present.size + 1), self._window)
        if present.size:
            cells = self._stat.table.locate(present)
            for at in range(0, present.size, AT_ONCE):
                found[:2, at : at + AT_ONCE] = self._moved(cells[at : at + AT_ONCE])
        return found

    def _moved(self, cells: Int64s) -> Int64s:
        if self._tree:
            return self._tree.push(cells)
        seen = np.append(self._recent, cells)
        tree, leaves = self._in_sight(seen, self._recent.size)
        self._recent = seen[-self._window :]
        return tree.push(leaves)

    def _in_sight(self, seen: Int64s, recent: int) -> tuple[Tree, Int64s]:
        """Return a tree of the cells seen and what lies between them, and the leaves to push.

        Between two cells seen the window's share does not rise, so the ends of what lies there
        are enough.
        """
        ordered = np.sort(seen)
        cells = ordered[np.append(True, ordered[1:] != ordered[:-1])]
        self._leaf_of[cells] = np.arange(1, 2 * cells.size, 2)
        ends = self._stat.cumulative[cells]
        golden = np.empty(2 * cells.size + 1, np.int64)
        golden[1:-1:2] = self._stat.golden[cells]
        golden[::2] = np.diff(ends - golden[1:-1:2], prepend=0, append=self._stat.rows)
        golden[2::2] -= golden[1:-1:2]
        leaves = self._leaf_of[seen].astype(np.int64)
        window = np.zeros(self._window, np.int64)
        window[:recent] = leaves[:recent]
        return Tree(golden, window, recent), leaves[recent:]

    @staticmethod
    @abstractmethod
    def _numerator(found: Extremes) -> Int64s: ...


class SlidingKS(_Sliding):
    """The Kolmogorov-Smirnov distance of each window.

    >>> SlidingKS([1, 2, 3, 4], window=2).push([1, 1, 4])
    array([0.75, 0.75, 0.25])
    """

    @staticmethod
    def _numerator(found: Extremes) -> Int64s:
        return np.maximum(found.above, found.below)


class SlidingKuiper(_Sliding):
    """Kuiper's distance of each window: the largest excess above golden and that below, added.

    >>> SlidingKuiper([1, 2, 3, 4], window=2).push([1, 1, 4])
    array([0.75, 0.75, 0.5 ])
    """

    @staticmethod
    def _numerator(found: Extremes) -> Int64s:
        return found.above + found.below
