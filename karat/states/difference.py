"""Differences between rows of a column, h rows apart: returns, waiting times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from karat.digest import digest
from karat.errors import InputError
from karat.states.columns import Column, integers
from karat.states.encoding import Int64s
from karat.states.kernels import pays
from karat.states.scratch import room

LEAST, MOST = np.iinfo(np.int64).min, np.iinfo(np.int64).max
EVEN_ROWS = 3


@dataclass(frozen=True)
class Difference:
    """Last row less first row of each window, of one column.

    A difference that int64 cannot hold counts as the least or the largest that it can: order, and
    so every distance between ranks, stays as it was.
    """

    version: ClassVar[int] = 1

    def key(self) -> str:
        """Return the digest of name and version."""
        return digest("window function/1", "difference", self.version)

    def __call__(self, rows: Int64s, width: int) -> Int64s:
        """Return the difference across each window; `InputError` for several columns."""
        if rows.shape[1] != 1:
            raise InputError(f"differences are of one column, {rows.shape[1]} were given")
        return _differences(rows[:, 0], width - 1)


@dataclass(frozen=True)
class Movement:
    """How far a column went across each window, up or down: the difference without its sign."""

    version: ClassVar[int] = 1

    def key(self) -> str:
        """Return the digest of name and version."""
        return digest("window function/1", "movement", self.version)

    def __call__(self, rows: Int64s, width: int) -> Int64s:
        """Return the size of each difference; errors as `Difference`."""
        # The least int64 has no absolute value: it is as far as int64 can tell.
        moved = Difference()(rows, width)
        return np.abs(np.maximum(moved, -MOST, out=moved), out=moved)


@dataclass(frozen=True)
class Even:
    """Whether the two steps within each window of three rows are the same: 1, or 0 if not.

    Steps that differ by one unit are the same: even steps, rounded to whole units, do.
    """

    version: ClassVar[int] = 1

    def key(self) -> str:
        """Return the digest of name and version."""
        return digest("window function/1", "even", self.version)

    def __call__(self, rows: Int64s, width: int) -> Int64s:
        """Return 1 or 0 for each window.

        Errors as `Difference`, and `InputError` for windows of another width than 3.
        """
        if width != EVEN_ROWS:
            raise InputError(f"even steps are of windows of {EVEN_ROWS} rows, not of {width}")
        if rows.shape[1] == 1 and pays(len(rows)):
            from karat.states.kernels import window_kernel

            found = room(len(rows) - 2)
            window_kernel.even(np.ascontiguousarray(rows[:, 0]), found)
            return found
        differ = _differences(Difference()(rows, width - 1), 1)
        return ((differ >= -1) & (differ <= 1)).astype(np.int64)


def differences(values: Column, rows: int = 1) -> Int64s:
    """Return x_{t+rows} - x_t of an integer column; none for no more rows than that.

    What to make the cells of golden differences of. Raises `InputError` for nulls or floats, or
    `rows` below 1.

    >>> differences(np.array([5, 7, 4]))
    array([ 2, -3])
    """
    if rows < 1:
        raise InputError(f"differences over {rows} rows: at least 1 is needed")
    column = integers(values, "values")
    return _differences(column, rows) if column.size > rows else np.empty(0, np.int64)


def _differences(column: Int64s, rows: int) -> Int64s:
    if pays(column.size):
        from karat.states.kernels import window_kernel

        found = room(column.size - rows)
        window_kernel.differences(np.ascontiguousarray(column), rows, found)
        return found
    early, late = column[: column.size - rows], column[rows:]
    wrapped = late - early
    # Too large exactly where both signs differ and the result has not the sign of `late`.
    beyond = ((late ^ early) & (late ^ wrapped)) < 0
    return np.where(beyond, np.where(late < 0, LEAST, MOST), wrapped) if beyond.any() else wrapped
