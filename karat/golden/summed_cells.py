"""Golden cells and the sums of golden's rows in open ones: what Wasserstein-1 is measured from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Self

import numpy as np

from karat.golden.cells import counted
from karat.states import Counts, GapSums, GapSumsState, ReferenceCounts
from karat.states.encoding import Reader, Writer
from karat.states.wide_sums import HALF_BITS, LOW, WideSums

VERSION = 1


@dataclass(frozen=True)
class SummedCells:
    """The cells, and golden's own state of `GapSums` in them."""

    cells: ReferenceCounts
    held: GapSumsState

    @classmethod
    def of(cls, empty: ReferenceCounts, states: Iterable[GapSumsState]) -> Self:
        """Return what days hold together whose states were counted in `empty` cells."""
        stat = GapSums(empty)
        held = reduce(stat.merge, states, stat.empty())
        return cls(counted(empty, [held.counts]), held)

    @classmethod
    def of_values(cls, cells: ReferenceCounts, full: ReferenceCounts) -> Self:
        """Return what the golden values `full` hold in `cells`, which are made of them."""
        sides = (np.searchsorted(cells.points, full.points, side) for side in ("left", "right"))
        place, values, counts = sum(sides), full.points, full.golden[1::2]
        between = np.asarray(place) % 2 == 0
        some, often = values[between], counts[between]
        parts = (some >> HALF_BITS) * often, (some & LOW) * often
        _, sums = WideSums.grouped(np.asarray(place)[between], *parts)
        met = np.flatnonzero(cells.golden).astype(np.int64, copy=False)
        return cls(cells, GapSumsState(Counts(met, cells.golden[met], 0), sums))

    @property
    def statistic(self) -> GapSums:
        """What is measured of a candidate."""
        return GapSums(self.cells)

    def without(self, state: GapSumsState) -> SummedCells:
        """Return this less the rows of a state of it; the cells keep their counts."""
        return SummedCells(self.cells, self.statistic.subtract(self.held, state))

    def to_bytes(self) -> bytes:
        """Return the bytes, for a golden manifest."""
        held = self.statistic.encode(self.held)
        return Writer(VERSION).nested(self.cells.to_bytes()).nested(held).data()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return what these bytes hold; `CorruptError` when they are none."""
        reader = Reader(data, VERSION, "summed golden cells")
        cells = ReferenceCounts.from_bytes(reader.nested())
        held = GapSums(cells).decode(reader.nested())
        reader.end()
        return cls(cells, held)
