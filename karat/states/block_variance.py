"""Rows that count: how many independent rows dependent ones are worth (n_eff)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import ClassVar

import numpy as np

from karat.digest import digest
from karat.errors import CorruptError, InputError
from karat.states.block_runs import below_points, block_runs, counts_by_block, few_blocks
from karat.states.block_sums import Block, BlockSums
from karat.states.columns import Column, dense, integers
from karat.states.encoding import Int64s, Reader, Writer
from karat.states.ends import Ends, glue, pieces
from karat.states.piecewise import piecewise
from karat.states.reference_counts import ReferenceCounts
from karat.states.scratch import lent
from karat.states.whole_number import check_whole

WIDTHS = (1, 4, 16)
CELLS_AT_ONCE = 1 << 22


@dataclass(frozen=True)
class BlockVarState:
    """Blocks of time: the first and the last, which may go on, and the sums of those between.

    `backward` counts steps from a bucket of the clock to an earlier one.
    """

    ends: Ends[Block]
    closed: BlockSums
    backward: int = 0

    @property
    def rows(self) -> int:
        """Number of rows with a value."""
        return self.closed.rows + sum(block.rows for block in pieces(self.ends))

    def effective_rows(self) -> Fraction | None:
        """Return rows / max(1, largest phi): never more than there are rows.

        None, which is to say unknown, for fewer than 20 closed blocks, for rows that are not in
        the order of time, and when all rows lie on one side of every cut.
        """
        phi = self.closed.inflation()
        return None if phi is None or self.backward else self.rows / max(phi, Fraction(1))


@dataclass(frozen=True)
class BlockVar:
    """Variance between blocks of `width` on the clock, at each point of golden cells.

    A block is the rows whose time divided by `width` has one whole part, never a number of rows;
    only blocks between the first and the last are known to be whole. 64 to 256 points do. Raises
    `InputError` for a width below 1.
    """

    cells: ReferenceCounts
    width: int
    name: ClassVar[str] = "block_variance"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if check_whole(self.width, "width") < 1:
            raise InputError(f"blocks are {self.width} wide: at least 1 is needed")

    def key(self) -> str:
        """Return the digest of name, version, cells and width."""
        parts = self.cells.cells_digest, self.width
        return digest("statistic/1", self.name, self.version, *parts)

    def empty(self) -> BlockVarState:
        """Return the state of no rows."""
        cuts = self.cells.points.size
        none = np.empty(0, np.int64), np.empty((0, cuts), np.int64)
        return BlockVarState(Ends(None, None), BlockSums.of(*none))

    @piecewise(96, few_blocks)
    def observe(self, time: Column, values: Column) -> BlockVarState:
        """Return the blocks of a column; rows without a value are left out.

        Raises `InputError` for columns of unequal length, a time that is null or a float, or when
        golden and column are not both integers or both floats.
        """
        with lent():
            return self.observe_cells(*self.located(time, values))

    def located(self, time: Column, values: Column) -> tuple[Int64s, Int64s]:
        """Return the time of each row with a value, and how many points are below the value."""
        clock, column = integers(time, "time"), dense(values)
        if clock.size != column.valid.size:
            raise InputError(f"{clock.size} times for {column.valid.size} values")
        present, points = column.values, self.cells.points
        if present.size and points.size and present.dtype != points.dtype:
            raise InputError(f"golden is {points.dtype}, rows are {present.dtype}: cast one")
        clock = clock if column.valid.all() else clock[column.valid]
        return clock, below_points(present, self.cells)

    def observe_cells(self, clock: Int64s, above: Int64s) -> BlockVarState:
        """Return the blocks of what `located` gave, which does not hang on their width."""
        groups = self._groups(*block_runs(clock, self.width), above)
        first = next(groups, None)
        return self.empty() if first is None else reduce(self.merge, groups, first)

    def of_blocks(self, buckets: Int64s, rows: Int64s, counts: Int64s) -> BlockVarState:
        """Return the state of blocks, one at least: bucket and rows of each, `counts` by cell."""
        cuts = self.cells.points.size
        below = counts[:, :cuts].cumsum(axis=1)
        ends = [Block(int(buckets[i]), int(rows[i]), tuple(below[i].tolist())) for i in (0, -1)]
        last = ends[1] if buckets.size > 1 else None
        backward = int((buckets[1:] < buckets[:-1]).sum())
        return BlockVarState(Ends(ends[0], last), BlockSums.of(rows[1:-1], below[1:-1]), backward)

    def of_narrow(
        self, buckets: Int64s, edges: Int64s, counts: Int64s, times: int
    ) -> BlockVarState:
        """Return the state of blocks, one at least, each made of neighbours of `of_blocks`.

        `times` as wide they are; block b of those given holds rows `edges` b to b + 1.
        """
        from karat.states.kernels import block_kernel

        cuts = self.cells.points.size
        ends, sums = np.zeros((2, cuts + 2), np.int64), np.zeros((3, cuts), np.int64)
        told = np.zeros(4, np.int64)
        block_kernel.sums(buckets, edges, counts, times, ends, sums, told)
        blocks, backward, rows, squared = told.tolist()
        first, last = ends.tolist()
        closed = BlockSums(max(blocks - 2, 0), rows, squared, *map(tuple, sums.tolist()))
        two = Ends(_block(tuple(first)), _block(tuple(last)) if blocks > 1 else None)
        return BlockVarState(two, closed, backward)

    def merge(self, a: BlockVarState, b: BlockVarState) -> BlockVarState:
        """Return the state of the rows of `a` followed by those of `b`."""
        ends, closed = glue(a.ends, b.ends, Block.join)
        sums = reduce(BlockSums.plus, map(_alone, closed), a.closed.plus(b.closed))
        border = [*pieces(a.ends)[-1:], *pieces(b.ends)[:1]]
        back = len(border) == len(Ends._fields) and border[1].bucket < border[0].bucket
        return BlockVarState(ends, sums, a.backward + b.backward + back)

    def encode(self, state: BlockVarState) -> bytes:
        """Return the bytes of a state."""
        writer = Writer(self.version).integer(state.backward)
        for end in state.ends:
            writer.optional(None if end is None else (end.bucket, end.rows, *end.below))
        sums = state.closed
        writer.integers(sums.blocks, sums.rows, sums.rows_squared)
        return writer.integers(*sums.below, *sums.below_squared, *sums.below_times_rows).data()

    def decode(self, data: bytes) -> BlockVarState:
        """Return the state of these bytes; `CorruptError` when they are none."""
        reader, cuts = Reader(data, self.version, self.name), self.cells.points.size
        backward = reader.integer()
        first, last = (reader.optional(cuts + 2) for _ in Ends._fields)
        blocks, rows, squares = reader.integers(3)
        sums = BlockSums(blocks, rows, squares, *(reader.integers(cuts) for _ in range(3)))
        reader.end()
        missing = (last and not first) or (blocks and not last)
        if missing or min(backward, blocks, rows - blocks, squares - rows) < 0:
            raise CorruptError(f"{self.name}: these are no blocks; compute it again")
        return BlockVarState(Ends(_block(first), _block(last)), sums, backward)

    def _groups(self, buckets: Int64s, edges: Int64s, above: Int64s) -> Iterator[BlockVarState]:
        """Yield states of some blocks each, so that few cells are in memory at a time."""
        step = max(1, CELLS_AT_ONCE // (self.cells.points.size + 1))
        for at in range(0, buckets.size, step):
            cut = edges[at : at + step + 1]
            counts = counts_by_block(cut, above, self.cells.points.size + 1)
            yield self.of_blocks(buckets[at : at + step], np.diff(cut), counts)


def block_widths(cells: ReferenceCounts, width: int) -> tuple[BlockVar, ...]:
    """Return the statistics of blocks `width`, 4 `width` and 16 `width` wide."""
    return tuple(BlockVar(cells, factor * width) for factor in WIDTHS)


def least_effective_rows(states: Iterable[BlockVarState]) -> Fraction | None:
    """Return the smallest number of effective rows that any width knows; None when none does.

    Rows that depend on each other over long times look independent in short blocks.
    """
    known = (state.effective_rows() for state in states)
    return min((rows for rows in known if rows is not None), default=None)


def _alone(block: Block) -> BlockSums:
    n, below = block.rows, block.below
    squared, crossed = tuple(c * c for c in below), tuple(c * n for c in below)
    return BlockSums(1, n, n * n, below, squared, crossed)


def _block(numbers: tuple[int, ...] | None) -> Block | None:
    return Block(numbers[0], numbers[1], numbers[2:]) if numbers else None
