"""Counts of one column under the conditions of another: spread by hour, volume by spread.

The conditional scores of LOB-Bench (Nagy et al., arXiv 2502.09172, run_bench.py) with cells fixed
by the golden, not by the pooled data, so that counts of any rows add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from karat.digest import digest
from karat.errors import CorruptError, InputError
from karat.states import counts as sparse
from karat.states.columns import Column, Numbers, filled
from karat.states.counts import Counts
from karat.states.encoding import Int64s
from karat.states.piecewise import piecewise
from karat.states.reference_counts import ReferenceCounts


@dataclass(frozen=True)
class StratCounts:
    """How often each cell of `values` is met in each cell of `conditions`, row by row.

    Rows without a value, or without a condition, have a cell of their own beyond the golden's:
    cell pairs are numbered ``condition * (cells of values + 1) + value``.
    """

    conditions: ReferenceCounts
    values: ReferenceCounts
    name: ClassVar[str] = "strat_counts"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = False

    def key(self) -> str:
        """Return the digest of name, version and the cells of both."""
        cells = self.conditions.cells_digest, self.values.cells_digest
        return digest("statistic/1", self.name, self.version, *cells)

    def empty(self) -> Counts:
        """Return the state of no rows."""
        return sparse.NONE

    @piecewise(56)
    def observe(self, conditions: Column, values: Column) -> Counts:
        """Return the counts of cell pairs.

        Raises `InputError` for columns of unequal length, or when golden and column are not both
        integers or both floats.
        """
        given, met = filled(conditions), filled(values)
        if given.values.size != met.values.size:
            raise InputError(f"{given.values.size} conditions for {met.values.size} values")
        pairs = _cells(self.conditions, given) * self._width + _cells(self.values, met)
        return sparse.count_cells(np.sort(pairs), 0)

    def merge(self, a: Counts, b: Counts) -> Counts:
        """Return the counts of the rows of both."""
        return sparse.add(a, b)

    def subtract(self, a: Counts, b: Counts) -> Counts:
        """Return the counts of `a` without the rows of `b`; `InputError` when `a` lacks some."""
        return sparse.subtract(a, b)

    def strata(self, state: Counts) -> dict[int | None, Counts]:
        """Return for each condition cell that was met the state of `values` there, in order.

        None is the key of the rows without a condition. Each state is what `values.observe` gives
        of the rows of that stratum, so any distance of `ReferenceCounts` may be taken of it.
        """
        above, cells = np.divmod(state.cells, self._width)
        found, starts = np.unique(above, return_index=True)
        edges = np.append(starts, above.size).tolist()
        return {
            None if at == self.conditions.golden.size else at: self._stratum(
                cells, state.counts, *s
            )
            for at, *s in zip(found.tolist(), edges[:-1], edges[1:], strict=True)
        }

    def encode(self, state: Counts) -> bytes:
        """Return the bytes of a state."""
        return sparse.encode(state, self.version)

    def decode(self, data: bytes) -> Counts:
        """Return the state of these bytes; `CorruptError` when they are none for these cells."""
        state = sparse.decode(data, self.version, self.name)
        most = (self.conditions.golden.size + 1) * self._width
        if state.nulls or (state.cells.size and not 0 <= state.cells[0] <= state.cells[-1] < most):
            raise CorruptError(f"{self.name}: a state of other cells; compute it again")
        return state

    @property
    def _width(self) -> int:
        return self.values.golden.size + 1

    def _stratum(self, cells: Int64s, counts: Int64s, start: int, stop: int) -> Counts:
        # Cells ascend within a stratum, so rows without a value can only come last.
        end = stop - int(cells[stop - 1] == self.values.golden.size)
        return Counts(cells[start:end], counts[start:end], int(counts[end:stop].sum()))


def _cells(golden: ReferenceCounts, column: Numbers) -> Int64s:
    points = golden.points
    if column.valid.any() and points.size and column.values.dtype != points.dtype:
        raise InputError(f"golden is {points.dtype}, rows are {column.values.dtype}: cast one")
    sides = (np.searchsorted(points, column.values, side) for side in ("left", "right"))
    cells: Int64s = np.where(column.valid, sum(sides), golden.golden.size).astype(np.int64)
    return cells
