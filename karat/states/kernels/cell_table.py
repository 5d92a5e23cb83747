"""Where to look for a value among ascending points: a table over its leading bits.

Values have keys, unsigned integers in their order. The keys between the first and the last point
are cut into buckets of equal width, and the table says which points are in each.
A far outlier would leave all others in one bucket, so some points at both ends may be left to two
buckets more, below and above. Of these choices the one is kept that leaves the shortest searches.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from karat.states.kernels.cell_direct import DirectTable
from karat.states.kernels.cell_keys import Keys
from karat.states.scratch import lent, room

LEAST_BUCKETS, MOST_BUCKETS, PER_POINT = 64, 1 << 23, 4
SMALL_BUCKETS, PER_POINT_SMALL = 1 << 18, 16
"""A table that stays in cache may have more buckets: then few of them hold several points."""
TRIMS = (0, 1024, 32)
"""Of so many points one is left out at each end; 0 leaves out none."""
SAMPLE = 1 << 15
MANY = 1 << 14
"""So many values that the tables they are looked up in are worth a pass of their own first."""


@dataclass(frozen=True, eq=False)
class CellTable:
    """Buckets of ascending int64 or float64 `points`, at least one of them.

    Parameters
    ----------
    starts
        For each bucket how many points are in buckets below it, and at last how many there are.
    origin, shift
        Bucket 0 holds keys below `origin`; the others ``1 + (key - origin >> shift)``, as far as
        there are buckets.
    keys
        How keys are made of values.
    """

    points: NDArray[Any]
    starts: NDArray[np.uint32]
    origin: np.uint64
    shift: np.uint64
    keys: Keys
    at_once: ClassVar[int] = (1 << 32) - 1
    """Most values that are counted before their counts are added up: each may be in one cell."""

    @classmethod
    def of(cls, points: NDArray[Any]) -> Self:
        """Return the table with the shortest searches, as judged by a sample of the points."""
        sample = points[:: max(points.size // SAMPLE, 1)]
        choices = [
            (keys, trim)
            for trim in TRIMS
            for keys in Keys.choices(*points[list(_ends(points, trim))])
        ]
        keys, trim = min(choices, key=lambda choice: cls._built(sample, *choice).effort())
        return cls._built(points, keys, trim)

    def effort(self) -> float:
        """Return the sum over points of the steps of a search in their buckets."""
        held = np.diff(self.starts.astype(np.int64))
        return float((held * np.log2(np.maximum(held, 1))).sum())

    def locate(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """Return the cell of each value: 2i + 1 for point i itself, 2i for the gap below it."""
        cells = room(values.size)
        _passes().locate(*self._fields, np.ascontiguousarray(values), cells)
        return cells

    def counts(self, values: NDArray[Any], *, tied: bool = False) -> NDArray[np.int64]:
        """Return how many values are in each cell; values need no order.

        Many of those that are `tied` are points themselves: they are looked for among the points.
        """
        total = np.zeros(2 * self.points.size + 1, np.int64)
        points, _, *place = self._fields
        direct = self.sure(tied=tied)
        for begin in range(0, values.size, self.at_once):
            # In half of the memory, of which more stays in cache; in the last are those left over.
            counts = np.zeros(total.size + 1, np.uint32)
            part = np.ascontiguousarray(values[begin : begin + self.at_once])
            with lent():
                left = part if direct is None else self.left(direct, part, counts)
                _passes().count(points, self.short, *place, left, counts[:-1])
            total += counts[:-1]
        return total

    def sure(self, *, tied: bool) -> DirectTable | None:
        """Return what places most values at once; None where it would leave too many of them."""
        return None if tied and not self.single else self.direct

    def left(
        self, direct: DirectTable, values: NDArray[Any], counts: NDArray[np.uint32]
    ) -> NDArray[Any]:
        """Count `values` that `direct` is sure of, and return the others, in lent memory.

        How many those are is the last of `counts`, which has one more than there are cells.
        """
        values = np.ascontiguousarray(values)
        if values.size >= MANY:
            _passes().fetch(direct.cells, self.short, np.ascontiguousarray(self.points))
        left = room(values.size).view(values.dtype)
        place = direct.cells, self.origin, direct.shift, *self.keys
        return left[: int(_passes().count_sure(*place, values, counts, left))]

    def runs(self, ordered: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the cells that hold some of ascending values, in order, and how many they hold.

        `ordered` is written over.
        """
        counts, cells = room(ordered.size), ordered.view(np.int64)
        used = int(_passes().runs(*self._fields, ordered, cells, counts))
        return cells[:used].copy(), counts[:used].copy()

    @cached_property
    def short(self) -> NDArray[np.uint16] | NDArray[np.uint32]:
        """`starts` in half of the memory, where that holds them."""
        fits = self.points.size <= np.iinfo(np.uint16).max
        return self.starts.astype(np.uint16) if fits else self.starts

    @property
    def single(self) -> bool:
        """Whether each bucket is a single integer, but those below and above all others."""
        return self.keys.whole and self.shift == 0

    @cached_property
    def direct(self) -> DirectTable | None:
        """Narrower buckets, of which few hold a point; None for many points."""
        keys, inner = self.keys.of(self.points), self.starts.size - 3
        return DirectTable.of(keys, inner, self.origin, int(self.shift), single=self.keys.whole)

    @cached_property
    def most(self) -> np.uint64:
        """The most points in a bucket."""
        return np.uint64(np.diff(self.starts).max())

    @property
    def _fields(self) -> tuple[Any, ...]:
        return (
            np.ascontiguousarray(self.points),
            self.starts,
            self.origin,
            self.shift,
            self.most,
            *self.keys,
        )

    @classmethod
    def _built(cls, points: NDArray[Any], kind: Keys, trim: int) -> Self:
        keys = kind.of(points)
        first, last = keys[list(_ends(points, trim))]
        wanted = max(LEAST_BUCKETS, min(PER_POINT_SMALL * points.size, SMALL_BUCKETS))
        wanted = max(wanted, min(PER_POINT * points.size, MOST_BUCKETS))
        shift = max(int(last - first).bit_length() - wanted.bit_length() + 1, 0)
        inner = (int(last - first) >> shift) + 1
        above = np.maximum(keys, first) - first >> np.uint64(shift)
        bucket = np.minimum(above, np.uint64(inner)).astype(np.int64) + (keys >= first)
        held = np.bincount(bucket, minlength=inner + 2)
        starts = np.append(0, np.cumsum(held)).astype(np.uint32)
        return cls(points, starts, first, np.uint64(shift), kind)


def _ends(points: NDArray[Any], trim: int) -> tuple[int, int]:
    """Return where the points begin and end of which none is left out."""
    left_out = points.size // trim if trim else 0
    return left_out, points.size - 1 - left_out


def _passes() -> Any:
    from karat.states.kernels import cell_kernel

    return cell_kernel
