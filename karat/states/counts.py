"""Sparse counts: how often each integer cell was seen, as a value that adds and subtracts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat.errors import CorruptError, InputError
from karat.states.encoding import Int64s, Reader, Writer
from karat.states.kernels import pays

AT_ONCE = 1 << 14
"""Items that are compared at once: flags are never as long as a column."""


@dataclass(frozen=True, eq=False)
class Counts:
    """Counts by cell: `cells` ascending without repeats, `counts` all positive, same length.

    `nulls` counts the rows without a value, which are in no cell.
    """

    cells: Int64s
    counts: Int64s
    nulls: int

    @cached_property
    def rows(self) -> int:
        """Number of rows with a value."""
        return int(self.counts.sum())

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Counts)
            and self.nulls == other.nulls
            and np.array_equal(self.cells, other.cells)
            and np.array_equal(self.counts, other.counts)
        )

    def __hash__(self) -> int:
        return hash((self.cells.tobytes(), self.counts.tobytes(), self.nulls))


NONE = Counts(np.empty(0, np.int64), np.empty(0, np.int64), 0)


def count_cells(cells: Int64s, nulls: int) -> Counts:
    """Return the counts of `cells`, one a row and in ascending order."""
    starts = run_starts(cells)
    return Counts(cells[starts], np.diff(starts, append=cells.size), nulls)


def of_dense(counts: NDArray[Any], nulls: int) -> Counts:
    """Return the counts of cells 0, 1, 2, ..., of which many may be zero."""
    cells = np.flatnonzero(counts).astype(np.int64, copy=False)
    return Counts(cells, counts[cells].astype(np.int64, copy=False), nulls)


def run_starts(ordered: NDArray[Any]) -> Int64s:
    """Return where runs of equal items begin; none for no items."""
    before, after = ordered[:-1], ordered[1:]
    parts = [
        np.flatnonzero(after[at : at + AT_ONCE] != before[at : at + AT_ONCE]) + at + 1
        for at in range(0, after.size, AT_ONCE)
    ]
    return np.concatenate([np.zeros(min(ordered.size, 1), np.int64), *parts])


def regroup(cells: Int64s, counts: Int64s, nulls: int) -> Counts:
    """Return the counts of cells that may repeat and be in any order; zeros are dropped."""
    order = np.argsort(cells, kind="stable")
    grouped, sums = _runs(cells[order], counts[order])
    kept = sums != 0
    return Counts(grouped[kept], sums[kept], nulls)


def add(a: Counts, b: Counts) -> Counts:
    """Return the counts of the rows of both."""
    nulls = a.nulls + b.nulls
    if not (a.cells.size and b.cells.size):
        some = a if a.cells.size else b
        return Counts(some.cells, some.counts, nulls)
    return _merged(a, b, 1)


def subtract(whole: Counts, part: Counts) -> Counts:
    """Return the counts of the rows of `whole` without those of `part`.

    Raises `InputError` when `part` has rows that `whole` has not.
    """
    rest = _merged(whole, part, -1)
    if rest.nulls < 0 or (rest.counts < 0).any():
        raise InputError("cannot subtract a state that holds rows the other has not")
    return rest


def encode(counts: Counts, version: int) -> bytes:
    """Return the bytes of `counts`: null rows, cells, counts."""
    writer = Writer(version).integer(counts.nulls).array(counts.cells, ascending=True)
    return writer.array(counts.counts).data()


def decode(data: bytes, version: int, what: str) -> Counts:
    """Return the counts of these bytes; `CorruptError` when they are none."""
    reader = Reader(data, version, what)
    nulls = reader.integer()
    counts = Counts(reader.array(ascending=True), reader.array(), nulls)
    reader.end()
    if counts.cells.size != counts.counts.size or nulls < 0 or not _in_order(counts):
        raise CorruptError(f"{what}: cells and counts do not belong together; compute it again")
    return counts


def _in_order(counts: Counts) -> bool:
    return bool((counts.cells[1:] > counts.cells[:-1]).all() and (counts.counts > 0).all())


def _merged(a: Counts, b: Counts, sign: int) -> Counts:
    nulls, room = a.nulls + sign * b.nulls, a.cells.size + b.cells.size
    if not pays(room):
        cells, counts = np.append(a.cells, b.cells), np.append(a.counts, sign * b.counts)
        return regroup(cells, counts, nulls)
    from karat.states.kernels import step_kernel

    cells, counts = np.empty(room, np.int64), np.empty(room, np.int64)
    used = step_kernel.merged(a.cells, a.counts, b.cells, b.counts, sign, cells, counts)
    # Shrinking in place saves a copy; nothing else refers to these.
    cells.resize(used, refcheck=False)
    counts.resize(used, refcheck=False)
    return Counts(cells, counts, nulls)


def _runs(cells: Int64s, weights: Int64s) -> tuple[Int64s, Int64s]:
    if not cells.size:
        return cells, weights
    starts = run_starts(cells)
    return cells[starts], np.add.reduceat(weights, starts)
