"""How many rows of a column are null, NaN, infinite or minus zero: each in a cell of its own.

Other statistics count null and NaN together as rows without a value, take -0.0 for 0.0, and an
infinity for a value beyond all others; a rebuild that turns one into the other shows here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from karat.digest import digest
from karat.errors import CorruptError
from karat.states import counts as sparse
from karat.states.columns import Column, filled
from karat.states.counts import Counts
from karat.states.piecewise import piecewise

NAMES = ("number", "NaN", "-inf", "inf", "-0.0")
"""What the cells 0 to 4 are; a null is in none of them."""


@dataclass(frozen=True)
class SpecialValues:
    """Rows by what they are: cell 0 holds numbers, then `NAMES` in order; `nulls` the nulls.

    >>> stat = SpecialValues()
    >>> stat.told(stat.observe(np.array([1.5, np.nan, -0.0, np.inf])))
    {'number': 1, 'NaN': 1, 'inf': 1, '-0.0': 1}
    """

    name: ClassVar[str] = "special_values"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = False

    def key(self) -> str:
        """Return the digest of name and version."""
        return digest("statistic/1", self.name, self.version)

    def empty(self) -> Counts:
        """Return the state of no rows."""
        return sparse.NONE

    @piecewise(40)
    def observe(self, values: Column) -> Counts:
        """Return the counts of a column; of integers and times all that is no null is a number."""
        rows, valid = filled(values)
        if rows.dtype.kind != "f":
            return sparse.count_cells(np.zeros(int(valid.sum()), np.int64), int((~valid).sum()))
        odd = (np.isnan(rows), rows == -np.inf, rows == np.inf, (rows == 0) & np.signbit(rows))
        kinds = np.select(odd, range(1, len(NAMES)), 0).astype(np.int64)
        present = valid | odd[0]
        return sparse.count_cells(np.sort(kinds[present]), int((~present).sum()))

    def merge(self, a: Counts, b: Counts) -> Counts:
        """Return the counts of the rows of both."""
        return sparse.add(a, b)

    def subtract(self, a: Counts, b: Counts) -> Counts:
        """Return the counts of `a` without the rows of `b`; `InputError` when `a` lacks some."""
        return sparse.subtract(a, b)

    def told(self, state: Counts) -> dict[str, int]:
        """Return how many rows there are of each sort that was met, nulls last."""
        found = zip(state.cells.tolist(), state.counts.tolist(), strict=True)
        named = {NAMES[cell]: count for cell, count in found}
        return named | ({"null": state.nulls} if state.nulls else {})

    def encode(self, state: Counts) -> bytes:
        """Return the bytes of a state."""
        return sparse.encode(state, self.version)

    def decode(self, data: bytes) -> Counts:
        """Return the state of these bytes; `CorruptError` when they are none."""
        state = sparse.decode(data, self.version, self.name)
        if state.cells.size and not 0 <= state.cells[0] <= state.cells[-1] < len(NAMES):
            raise CorruptError(f"{self.name}: cells that it does not have; compute it again")
        return state
