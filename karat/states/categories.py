"""Counts of categories: kinds, sides, flags, digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa

from karat.digest import digest
from karat.errors import InputError
from karat.states import counts as sparse
from karat.states.columns import Column, dense, filled
from karat.states.counts import Counts
from karat.states.encoding import Int64s
from karat.states.kernels import pays
from karat.states.piecewise import piecewise, plain
from karat.states.scratch import lent, room

MOST_DIGITS = 18
SHORT, TURNS = 1024, 4
"""Up to so many categories are counted in several arrays in turn."""


@dataclass(frozen=True)
class Categories:
    """How often each integer category occurs; the cells of its states are the categories.

    >>> import numpy as np
    >>> Categories().observe(np.array([2, 1, 2])).counts.tolist()
    [1, 2]
    """

    name: ClassVar[str] = "categories"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = False

    def key(self) -> str:
        """Return the digest of name and version."""
        return digest("statistic/1", self.name, self.version)

    def empty(self) -> Counts:
        """Return the state of no rows."""
        return sparse.NONE

    @piecewise(26, plain)
    def observe(self, values: Column) -> Counts:
        """Return the counts of a column of integers; nulls are counted apart.

        Raises `InputError` for a column of floats.
        """
        present, valid = dense(values)
        nulls = valid.size - present.size
        if not present.size:
            return Counts(sparse.NONE.cells, sparse.NONE.counts, nulls)
        if present.dtype.kind != "i":
            raise InputError("categories are integers, this column holds floats: cast it")
        return Counts(*_counted(present), nulls)

    def merge(self, a: Counts, b: Counts) -> Counts:
        """Return the counts of the rows of both."""
        return sparse.add(a, b)

    def subtract(self, a: Counts, b: Counts) -> Counts:
        """Return the counts of `a` without the rows of `b`; `InputError` when `a` lacks some."""
        return sparse.subtract(a, b)

    def encode(self, state: Counts) -> bytes:
        """Return the bytes of a state."""
        return sparse.encode(state, self.version)

    def decode(self, data: bytes) -> Counts:
        """Return the state of these bytes; `CorruptError` when they are none."""
        return sparse.decode(data, self.version, self.name)


def last_digits(values: Column, count: int = 1) -> Column:
    """Return the last `count` decimal digits of each integer, sign apart; nulls stay null.

    >>> last_digits(np.array([1205, -37])).to_pylist()
    [5, 7]

    Raises `InputError` for a column of floats, or a count that is not 1 to 18.
    """
    _check(count)
    numbers, valid = filled(values)
    if numbers.dtype.kind != "i" and numbers.size:
        raise InputError("digits are of integers, this column holds floats: cast it")
    return pa.array(_digits(numbers.astype(np.int64, copy=False), count), mask=~valid)


def _check(count: int) -> None:
    if not 1 <= count <= MOST_DIGITS:
        raise InputError(f"{count} digits: 1 to {MOST_DIGITS} can be taken")


def _digits(values: Int64s, count: int) -> Int64s:
    if pays(values.size):
        from karat.states.kernels import window_kernel

        found = room(values.size)
        window_kernel.digits(np.ascontiguousarray(values), 10**count, found)
        return found
    # The remainder first: the least int64 has no absolute value.
    return np.asarray(np.abs(np.fmod(values, 10**count)))


@dataclass(frozen=True)
class LastDigits:
    """The last `count` decimal digits of the value in the last row of each window."""

    count: int
    version: ClassVar[int] = 1

    def key(self) -> str:
        """Return the digest of name, version and number of digits."""
        return digest("window function/1", "last digits", self.version, self.count)

    def __call__(self, rows: Int64s, width: int) -> Int64s:
        """Return the digits of one column; errors as `last_digits`."""
        _check(self.count)
        return _digits(rows[width - 1 :, 0], self.count)


def _counted(values: Int64s) -> tuple[Int64s, Int64s]:
    least = int(values.min())
    reach = int(values.max()) - least + 1
    if reach <= values.size:
        # Near each other: counting takes a tenth of the time of sorting.
        counts = counts_near(values, least, reach)
        cells = np.flatnonzero(counts).astype(np.int64, copy=False)
        return cells + least, counts[cells]
    with lent():
        ordered = room(values.size)
        ordered[:] = values
        ordered.sort()
        found = sparse.count_cells(ordered, 0)
    return found.cells, found.counts


def counts_near(values: Int64s, least: int, reach: int) -> Int64s:
    """Return how many values are `least`, 1 above it and so on, below `reach` above it."""
    if not pays(values.size):
        return np.bincount(values - least, minlength=reach).astype(np.int64, copy=False)
    from karat.states.kernels import window_kernel

    counts = np.zeros((TURNS if reach <= SHORT else 1, reach), np.int64)
    window_kernel.near(np.ascontiguousarray(values), least, counts)
    total: Int64s = counts.sum(axis=0)
    return total
