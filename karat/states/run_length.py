"""Runs of equal neighbouring rows: how long a value, or a whole book, stays unchanged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from karat.digest import digest
from karat.errors import CorruptError
from karat.states import counts as sparse
from karat.states.columns import Column
from karat.states.counts import Counts
from karat.states.encoding import Int64s, Reader, Writer
from karat.states.ends import Ends, glue, pieces
from karat.states.kernels import pays
from karat.states.piecewise import piecewise, plain
from karat.states.rows import Row, checked, side_by_side

MOST_COLUMNS, SHORT = 8, 4096
"""Columns that one pass takes, and runs that are shorter are counted by their length."""


class Run(NamedTuple):
    """A row and how many times in a row it came."""

    row: Row
    length: int


@dataclass(frozen=True)
class RunLengthState:
    """The first and the last run, which may go on beyond the rows, and those between.

    `interior` counts the runs between by their length: its cells are lengths.
    """

    ends: Ends[Run]
    interior: Counts

    def lengths(self) -> Counts:
        """Return how many runs have each length, those at the ends as long as they are here."""
        return sparse.add(self.interior, _lengths(pieces(self.ends)))

    def longest(self) -> int:
        """Return the length of the longest run; 0 for no rows."""
        return int(self.lengths().cells.max(initial=0))


@dataclass(frozen=True)
class RunLength:
    """Lengths of runs of equal rows, of one integer column or several side by side.

    >>> RunLength().observe(np.array([7, 7, 1, 1, 1, 7])).longest()
    3
    """

    name: ClassVar[str] = "run_length"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = True

    def key(self) -> str:
        """Return the digest of name and version."""
        return digest("statistic/1", self.name, self.version)

    def empty(self) -> RunLengthState:
        """Return the state of no rows."""
        return RunLengthState(Ends(None, None), sparse.NONE)

    @piecewise(32, plain)
    def observe(self, *columns: Column) -> RunLengthState:
        """Return the runs of these rows.

        Raises `InputError` for nulls, floats, or columns of unequal length.
        """
        arrays = checked(columns)
        count = arrays[0].size
        if not count:
            return self.empty()
        if pays(count) and len(arrays) <= MOST_COLUMNS:
            return _in_one_pass(arrays)
        rows = side_by_side(arrays)
        starts = np.flatnonzero(np.append(True, (rows[1:] != rows[:-1]).any(axis=1)))
        lengths = np.diff(np.append(starts, len(rows)))
        first = Run(tuple(rows[0].tolist()), int(lengths[0]))
        last = Run(tuple(rows[-1].tolist()), int(lengths[-1])) if lengths.size > 1 else None
        return RunLengthState(Ends(first, last), _count(lengths[1:-1]))

    def merge(self, a: RunLengthState, b: RunLengthState) -> RunLengthState:
        """Return the state of the rows of `a` followed by those of `b`."""
        ends, closed = glue(a.ends, b.ends, _join)
        interior = sparse.add(a.interior, b.interior)
        return RunLengthState(ends, sparse.add(interior, _lengths(closed)))

    def encode(self, state: RunLengthState) -> bytes:
        """Return the bytes of a state."""
        runs = pieces(state.ends)
        writer = Writer(self.version).integers(len(runs), len(runs[0].row) if runs else 0)
        for run in runs:
            writer.integers(run.length, *run.row)
        return writer.nested(sparse.encode(state.interior, self.version)).data()

    def decode(self, data: bytes) -> RunLengthState:
        """Return the state of these bytes; `CorruptError` when they are none."""
        reader = Reader(data, self.version, self.name)
        count, columns = reader.integers(2)
        if not 0 <= count <= len(Ends._fields) or (count > 0) != (columns > 0):
            raise CorruptError(f"{self.name}: {count} ends of {columns} columns; compute it again")
        runs = [
            Run(row[1:], row[0]) for row in (reader.integers(columns + 1) for _ in range(count))
        ]
        interior = sparse.decode(reader.nested(), self.version, self.name)
        reader.end()
        short = any(run.length < 1 for run in runs) or (interior.cells < 1).any()
        if short or interior.nulls or (interior.cells.size and count < len(Ends._fields)):
            raise CorruptError(f"{self.name}: these are no runs; compute it again")
        return RunLengthState(Ends(*[*runs, None, None][:2]), interior)


def _in_one_pass(columns: list[Int64s]) -> RunLengthState:
    """Return the runs of one row at least, without an array as long as the columns."""
    from karat.states.kernels import run_kernel

    ends, short = np.empty(3, np.int64), np.empty(SHORT, np.int64)
    long = np.empty(columns[0].size // SHORT + 1, np.int64)
    whole = [np.ascontiguousarray(column) for column in columns]
    padded = tuple(whole + [whole[0]] * (MOST_COLUMNS - len(whole)))
    run_kernel.lengths(padded, len(whole), ends, short, long)
    first, last, beyond = ends.tolist()
    outer = [Run(tuple(int(column[at]) for column in columns), length)
             for at, length in ((0, first), (-1, last)) if length]  # fmt: skip
    cells = np.flatnonzero(short)
    few = Counts(cells, short[cells], 0)
    return RunLengthState(Ends(*[*outer, None][:2]), sparse.add(few, _count(long[:beyond])))


def _join(a: Run, b: Run) -> Run | None:
    return Run(a.row, a.length + b.length) if a.row == b.row else None


def _lengths(runs: list[Run]) -> Counts:
    return _count(np.array([run.length for run in runs], np.int64))


def _count(lengths: Int64s) -> Counts:
    return sparse.count_cells(np.sort(lengths), 0)
