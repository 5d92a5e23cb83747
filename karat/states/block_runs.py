"""Rows cut into blocks of time, and counted in cells block by block."""

from __future__ import annotations

from typing import Any

import numpy as np

from karat.states.columns import Column
from karat.states.encoding import Int64s
from karat.states.kernels import pays
from karat.states.picked import Picked
from karat.states.piecewise import plain
from karat.states.reference_counts import ReferenceCounts
from karat.states.scratch import lent, room

ROWS_A_CELL = 16
"""Counts of blocks by cell are far fewer than rows where each has so many."""


def few_blocks(statistic: Any, time: Column, values: Column) -> bool:
    """Return whether rows are read as they lie, and blocks and cells are far fewer than rows.

    `statistic` has `cells` and a `width`, which only a clock that goes back can make more blocks.
    """
    if not plain(statistic, time, values):
        return False
    if isinstance(time, Picked) or not len(time):
        return True
    first, last = (int(np.asarray(time[at : at + 1])[0]) for at in (0, len(time) - 1))
    blocks = abs(last - first) // statistic.width + 1
    return bool(blocks * statistic.cells.golden.size * ROWS_A_CELL <= len(time))


def block_runs(clock: Int64s, width: int) -> tuple[Int64s, Int64s]:
    """Return the bucket of each stretch of rows of one bucket, and where stretches begin and end.

    A bucket is the whole part of time / `width`; of b stretches there are b buckets and b + 1
    edges, the last of them the number of rows.
    """
    if pays(clock.size):
        from karat.states.kernels import block_kernel

        with lent():
            starts, found = room(clock.size + 1), room(clock.size)
            used = int(block_kernel.blocks(np.ascontiguousarray(clock), width, starts, found))
            starts[used] = clock.size
            return found[:used].copy(), starts[: used + 1].copy()
    buckets = clock // width
    starts = np.flatnonzero(np.append(True, buckets[1:] != buckets[:-1])[: buckets.size])
    return buckets[starts], np.append(starts, buckets.size)


def below_points(values: Int64s, cells: ReferenceCounts) -> Int64s:
    """Return for each value how many points are below it; values are of the type of points."""
    if cells.points.size and pays(values.size):
        at = cells.table.locate(values)
        at >>= 1  # point i is cell 2 i + 1, the gap below it 2 i
        return at
    return np.searchsorted(cells.points, values).astype(np.int64)


def counts_by_block(edges: Int64s, above: Int64s, cells: int) -> Int64s:
    """Return how many rows of each block are in each of `cells` cells, shape (blocks, cells).

    `above` is the cell of each row; block b holds rows `edges[b]` up to `edges[b + 1]`.
    """
    blocks = edges.size - 1
    if pays(above.size):
        from karat.states.kernels import block_kernel

        counts = np.zeros((blocks, cells), np.int64)
        block_kernel.count(np.ascontiguousarray(edges), above, counts)
        return counts
    rows = above[edges[0] : edges[-1]]
    cell = np.repeat(np.arange(blocks) * cells, np.diff(edges)) + rows
    return np.bincount(cell, minlength=blocks * cells).reshape(blocks, cells)
