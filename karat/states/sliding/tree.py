"""The tree of a window: pieces of the line in order, what they hold, and nodes of eight over them.

The arrays are those of `karat.states.kernels.sliding_kernel`, which changes them in place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat.states.encoding import Int64s

FAN = 8


@dataclass(eq=False)
class Tree:
    """A window over leaves; `golden` has the golden rows in each, `window` the leaves of its rows.

    `window` is a ring with `count` of its places in use; `oldest` is the next to be replaced.
    """

    golden: Int64s
    window: Int64s
    count: int = 0
    oldest: int = 0
    _growing: tuple[Any, ...] | None = field(default=None, init=False)
    _full: tuple[Any, ...] | None = field(default=None, init=False)

    @cached_property
    def golden_rows(self) -> int:
        """Number of golden rows."""
        return int(self.golden.sum())

    def push(self, added: Int64s) -> Int64s:
        """Return for each leaf of `added` the largest G - F and F - G, of shape (2, added).

        Times golden rows and the rows of the window that ends there.
        """
        found = np.zeros((2, added.size), np.int64)
        free = min(self.window.size - self.count, added.size)
        if free:
            found[:, :free] = self._grow(added[:free])
        if added.size > free:
            found[:, free:] = self._slide(added[free:])
        return found

    def _grow(self, added: Int64s) -> Int64s:
        self._growing = self._growing or self._bounds()
        found = np.empty((2, added.size), np.int64)
        _passes().grow(*self._growing, self.golden_rows, self.count, added, found)
        self.window[self.count : self.count + added.size] = added
        self.count += added.size
        return found

    def _slide(self, added: Int64s) -> Int64s:
        if self._full is None:
            self._growing, self._full = None, self._sums()
        found = np.empty((2, added.size), np.int64)
        sides = self.window, self.oldest, self.golden_rows
        self.oldest = _passes().slide(*self._full, *sides, added, found)
        return found

    def _rows(self) -> Int64s:
        return np.bincount(self.window[: self.count], minlength=self.golden.size).astype(np.int64)

    def _sums(self) -> tuple[Any, ...]:
        leaves = _padded(self.golden_rows * self._rows() - self.count * self.golden)
        begins, *nodes = _nodes(leaves)
        return begins, leaves, *nodes

    def _bounds(self) -> tuple[Any, ...]:
        rows, golden = _padded(self._rows()), _padded(self.golden)
        begins, _, most, least = _nodes(self.golden_rows * rows - self.count * golden)
        (_, node_rows, *_), (_, node_golden, *_) = _nodes(rows), _nodes(golden)
        reach = np.stack([most, -least])
        return begins, rows, node_rows, golden, node_golden, reach, np.full_like(reach, self.count)


def _nodes(leaves: Int64s) -> tuple[Int64s, Int64s, Int64s, Int64s]:
    """Return where levels of nodes begin, and sums, largest and least running sums of nodes.

    A level is in whole eights, so that the next has eight of it below each node; the last has one.
    """
    sizes = [leaves.size // FAN]
    while sizes[-1] > 1:
        sizes[-1] += -sizes[-1] % FAN
        sizes.append(sizes[-1] // FAN)
    begins = np.cumsum([0, *sizes[:-1]])
    sums, most, least = np.zeros((3, sum(sizes)), np.int64)
    _passes().build(begins, leaves, sums, most, least)
    return begins, sums, most, least


def _padded(values: NDArray[np.int64]) -> Int64s:
    """Return a copy in whole eights; what is added holds nothing."""
    return np.append(values, np.zeros(-values.size % FAN, np.int64))


def _passes() -> Any:
    from karat.states.kernels import sliding_kernel

    return sliding_kernel
