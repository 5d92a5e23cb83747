"""The cell of most values by their bucket alone: buckets so narrow that few of them hold a point.

Between two points all values are in one cell, and so are those of a bucket of a single integer.
Only what falls into another bucket is looked for among the points afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

BUCKETS_BITS = 17
"""At most 2^17 buckets of two bytes: more would leave the cache that is near."""


@dataclass(frozen=True, eq=False)
class DirectTable:
    """Buckets as `CellTable` has them, of which each is several here.

    Parameters
    ----------
    cells
        For each bucket the cell of all its values, or where they are in several how many cells
        there are; one bucket more at the end.
    shift
        As that of the `CellTable`, or less.
    """

    cells: NDArray[np.uint16]
    shift: np.uint64

    def without(self, cells: NDArray[np.int64], count: int) -> Self:
        """Return the table that does not say these cells either, of so many that there are."""
        left = np.zeros(count + 1, bool)
        left[cells] = True
        said = np.where(left[self.cells], count, self.cells).astype(np.uint16)
        return type(self)(said, self.shift)

    @classmethod
    def of(
        cls, keys: NDArray[np.uint64], inner: int, origin: np.uint64, shift: int, *, single: bool
    ) -> Self | None:
        """Return the table of points with these `keys`; None where their cells are too many.

        `inner` buckets lie between the one below `origin` and the one above all others. `single`
        keys are of one value each.
        """
        none = 2 * keys.size + 1
        if none > np.iinfo(np.uint16).max:
            return None
        down = min(shift, max(BUCKETS_BITS - inner.bit_length(), 0))
        inner, fine = inner << down, np.uint64(shift - down)
        above = np.minimum(np.maximum(keys, origin) - origin >> fine, np.uint64(inner))
        held = np.bincount(above.astype(np.int64) + (keys >= origin), minlength=inner + 3)
        cells = 2 * np.cumsum(held)
        exact = np.zeros(held.size, bool)
        exact[1 : inner + 1] = single and fine == 0
        cells = np.where(held == 0, cells, np.where(exact, cells - 1, none))
        return cls(cells.astype(np.uint16), fine)
