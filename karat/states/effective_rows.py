"""Effective rows at three widths of blocks, as one state: dependence over long times counts too."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from karat.digest import digest
from karat.states.block_runs import block_runs, counts_by_block, few_blocks
from karat.states.block_variance import (
    CELLS_AT_ONCE,
    BlockVar,
    BlockVarState,
    block_widths,
    least_effective_rows,
)
from karat.states.columns import Column
from karat.states.encoding import Int64s, Reader, Writer
from karat.states.kernels import pays
from karat.states.piecewise import piecewise
from karat.states.reference_counts import ReferenceCounts
from karat.states.rows import side_by_side
from karat.states.scratch import lent
from karat.states.whole_number import check_whole
from karat.states.windowed import WindowFunction

Blocks = tuple[BlockVarState, ...]


@dataclass(frozen=True)
class EffectiveRows:
    """`BlockVar` of blocks `width`, 4 `width` and 16 `width` wide, at the points of `cells`.

    `least_effective_rows` of a state is the number of independent rows its rows are worth.
    Raises `InputError` for a width below 1.
    """

    cells: ReferenceCounts
    width: int
    name: ClassVar[str] = "effective_rows"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_whole(self.width, "width")
        self.widths  # noqa: B018 - a wrong width is refused where it is given

    @cached_property
    def widths(self) -> tuple[BlockVar, ...]:
        """The statistics, narrowest first."""
        return block_widths(self.cells, self.width)

    def key(self) -> str:
        """Return the digest of name, version and the blocks' keys."""
        return digest("statistic/1", self.name, self.version, *(w.key() for w in self.widths))

    def empty(self) -> Blocks:
        """Return the state of no rows."""
        return tuple(width.empty() for width in self.widths)

    @piecewise(160, few_blocks)
    def observe(self, time: Column, values: Column) -> Blocks:
        """Return the blocks of a column; errors as `BlockVar.observe`."""
        with lent():
            clock, above = self.widths[0].located(time, values)
            buckets, edges = block_runs(clock, self.width)
            if not self.counted_at_once(buckets.size):
                return tuple(width.observe_cells(clock, above) for width in self.widths)
            counts = counts_by_block(edges, above, self.cells.points.size + 1)
            return self.of_counts(buckets, edges, counts)

    def of_counts(self, buckets: Int64s, edges: Int64s, counts: Int64s) -> Blocks:
        """Return the state of blocks `width` wide, one at least, as `block_runs` gives them.

        `counts` (B, points + 1) are each block's rows by the points below them.
        """
        if not pays(counts.size):
            return tuple(
                width.of_blocks(*_wider(buckets, edges, counts, width.width // self.width))
                for width in self.widths
            )
        return tuple(
            width.of_narrow(buckets, edges, counts, width.width // self.width)
            for width in self.widths
        )

    def counted_at_once(self, blocks: int) -> bool:
        """Return whether the counts of so many blocks are made in one array."""
        return 0 < blocks * (self.cells.points.size + 1) <= CELLS_AT_ONCE

    def merge(self, a: Blocks, b: Blocks) -> Blocks:
        """Return the state of the rows of `a` followed by those of `b`."""
        return tuple(w.merge(x, y) for w, x, y in zip(self.widths, a, b, strict=True))

    def encode(self, state: Blocks) -> bytes:
        """Return the bytes of a state."""
        writer = Writer(self.version)
        for width, blocks in zip(self.widths, state, strict=True):
            writer.nested(width.encode(blocks))
        return writer.data()

    def decode(self, data: bytes) -> Blocks:
        """Return the state of these bytes; `CorruptError` when they are none."""
        reader = Reader(data, self.version, self.name)
        found = tuple(width.decode(reader.nested()) for width in self.widths)
        reader.end()
        return found


def _wider(
    buckets: Int64s, edges: Int64s, counts: Int64s, times: int
) -> tuple[Int64s, Int64s, Int64s]:
    """Return buckets, rows and counts of blocks `times` as wide, which are made of these."""
    wide = buckets // times
    starts = np.flatnonzero(np.append(True, wide[1:] != wide[:-1]))
    rows = np.diff(np.append(edges[starts], edges[-1]))
    return wide[starts], rows, np.add.reduceat(counts, starts, axis=0)


@dataclass(frozen=True)
class Clocked:
    """A function of windows of the later columns, beside the time of each window's last row."""

    function: WindowFunction
    version: ClassVar[int] = 1

    def key(self) -> str:
        """Return the digest of name, version and function."""
        return digest("window function/1", "clocked", self.version, self.function.key())

    def __call__(self, rows: Int64s, width: int) -> Int64s:
        """Return two columns: times and values; the first column of `rows` is the time."""
        # Each column in one piece: those who count them take them one by one.
        return np.stack(self.of_columns(list(rows.T), width), axis=1)

    def of_columns(self, columns: list[Int64s], width: int) -> list[Int64s]:
        """Return the two columns; the first of `columns` is the time."""
        time, *later = columns
        return [time[width - 1 :], self.function(side_by_side(later), width)]


__all__ = ["Blocks", "Clocked", "EffectiveRows", "least_effective_rows"]
