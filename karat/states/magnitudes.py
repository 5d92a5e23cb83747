"""Where the values of a column lie: its ends exactly, its quantiles to 0.8 %, of floats too.

A float's bits, read as a whole number, rise as it does (IEEE 754), and its first ones say how large
it is. So the cells are the same for every column, and counts of rows in them add and subtract. An
octave has 128: a relative error as of DDSketch (Masson, Rim and Lee 2019) with alpha = 0.4 %.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from karat.digest import digest
from karat.errors import CorruptError, InputError
from karat.states import counts as sparse
from karat.states.columns import Column, filled
from karat.states.counts import Counts
from karat.states.encoding import Int64s, Reader, Writer
from karat.states.piecewise import piecewise

CUT = 45
"""Bits of a float64 that are left away: 12 are sign and exponent, 7 more are kept."""
SIGN = np.int64(np.iinfo(np.int64).max)
BEYOND = 0x7FF0 << 48
"""The bits of infinity: those of numbers are less."""


@dataclass(frozen=True)
class MagnitudesState:
    """Counts of rows by cell, and the least and the largest value; None for no rows.

    `counts.nulls` are rows without a number: null, NaN, and infinite.
    """

    counts: Counts = sparse.NONE
    ends: tuple[float, float] | None = None


@dataclass(frozen=True)
class Magnitudes:
    """Rows of a column by cells of nearly equal values; whole numbers to 256 have one each.

    Whole numbers are taken as float64 has them. -0.0 is 0.

    >>> stat = Magnitudes()
    >>> state = stat.observe(np.array([1.0, 2.0, 3.0]))
    >>> state.ends, stat.quantile(state, 0.5)
    ((1.0, 3.0), (2.0, 2.0156249999999996))
    """

    name: ClassVar[str] = "magnitudes"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = False

    def key(self) -> str:
        """Return the digest of name and version."""
        return digest("statistic/1", self.name, self.version)

    def empty(self) -> MagnitudesState:
        """Return the state of no rows."""
        return MagnitudesState()

    @piecewise(40)
    def observe(self, values: Column) -> MagnitudesState:
        """Return the state of a column of any numbers."""
        rows, valid = filled(values)
        known = valid & np.isfinite(rows)
        rising = np.sort(_rising(rows[known].astype(np.float64)))
        counts = sparse.count_cells(rising >> CUT, int((~known).sum()))
        ends = (_value(int(rising[0])), _value(int(rising[-1]))) if rising.size else None
        return MagnitudesState(counts, ends)

    def merge(self, a: MagnitudesState, b: MagnitudesState) -> MagnitudesState:
        """Return the state of the rows of both."""
        ends = a.ends or b.ends
        if a.ends and b.ends:
            ends = min(a.ends[0], b.ends[0]), max(a.ends[1], b.ends[1])
        return MagnitudesState(sparse.add(a.counts, b.counts), ends)

    def quantile(self, state: MagnitudesState, share: float) -> tuple[float, float] | None:
        """Return between which values the least one lies that `share` of rows do not exceed.

        None for no rows; `InputError` for a share below 0 or above 1.
        """
        if not 0 <= share <= 1:
            raise InputError(f"a share of {share}: it lies between 0 and 1")
        if state.ends is None:
            return None
        at = max(math.ceil(share * state.counts.rows), 1)
        cell = int(state.counts.cells[np.searchsorted(np.cumsum(state.counts.counts), at)])
        least, largest = state.ends
        return max(_value(cell << CUT), least), min(_value((cell + 1 << CUT) - 1), largest)

    def encode(self, state: MagnitudesState) -> bytes:
        """Return the bytes of a state."""
        ends = None
        if state.ends is not None:
            ends = tuple(int(one) for one in _rising(np.array(state.ends)))
        held = sparse.encode(state.counts, self.version)
        return Writer(self.version).optional(ends).nested(held).data()

    def decode(self, data: bytes) -> MagnitudesState:
        """Return the state of these bytes; `CorruptError` when they are none."""
        reader = Reader(data, self.version, self.name)
        ends = reader.optional(2)
        counts = sparse.decode(reader.nested(), self.version, self.name)
        reader.end()
        met = counts.cells[[0, -1]].tolist() if counts.cells.size else None
        if met != (ends and [one >> CUT for one in ends]) or (ends and ends[0] > ends[1]):
            raise CorruptError(f"{self.name}: its ends lie in other cells; compute it again")
        if ends is None:
            return MagnitudesState(counts)
        if not -BEYOND < ends[0] <= ends[1] < BEYOND:
            raise CorruptError(f"{self.name}: its ends are no numbers; compute it again")
        return MagnitudesState(counts, (_value(ends[0]), _value(ends[1])))


def _rising(values: NDArray[np.float64]) -> Int64s:
    """Return the bits as whole numbers that rise as values do."""
    bits = values.view(np.int64)
    rising: Int64s = np.where(bits >= 0, bits, -(bits & SIGN))
    return rising


def _value(rising: int) -> float:
    """Return the float of bits that rise; below 0 they count the bits of its size."""
    size = float(np.array([abs(rising)], np.int64).view(np.float64)[0])
    return -size if rising < 0 else size
