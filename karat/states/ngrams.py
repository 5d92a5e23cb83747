"""A sketch of the grams of some rows: how much of it is a copy of something seen before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from karat.digest import digest
from karat.errors import InputError
from karat.states.columns import Column
from karat.states.encoding import Int64s
from karat.states.kernels import pays
from karat.states.minimum_values import MinimumValues, Smallest
from karat.states.rows import checked
from karat.states.scratch import lent, room
from karat.states.whole_number import check_whole
from karat.states.windowed import OverWindows, Windowed, WindowedState

UInt64s = NDArray[np.uint64]
STEP = np.uint64(0x9E3779B97F4A7C15)
LARGEST = (1 << 63) - 1
MOST_COLUMNS, MANY = 8, 8
"""Columns that one pass takes, and times a sketch's size that tell how large its hashes are."""
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def splitmix64(values: UInt64s) -> UInt64s:
    """Return each value mixed into another, one to one: a fixed public function, no digest.

    Steele, Lea & Flood 2014 (SplitMix), as in Vigna's splitmix64.c. SHA-256 of every gram would
    take three times as long; collisions may be made on purpose, which gains nothing here.
    """
    mixed = values + STEP
    mixed = (mixed ^ (mixed >> np.uint64(30))) * FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * SECOND
    return mixed ^ (mixed >> np.uint64(31))


@dataclass(frozen=True)
class GramHash:
    """64 bits of each window of rows.

    A chain starts at 0 and takes up one value after another as ``chain = splitmix64(chain ^
    value)``: the columns of a row give the row's value, the rows of a window the gram's. Of the
    last `changes` columns it takes what they have gained since the window's first row, so that
    rows moved up or down as one give the same.
    """

    changes: int = 0
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        check_whole(self.changes, "changes")

    def key(self) -> str:
        """Return the digest of name, version and changes, where there are any."""
        parts = [self.changes] * bool(self.changes)
        return digest("window function/1", "gram hash", self.version, *parts)

    def __call__(self, rows: Int64s, width: int) -> Int64s:
        """Return the hash of each window, as int64 of the same bits.

        Raises `InputError` for fewer columns than `changes`.
        """
        (found,) = self.of_columns(list(np.ascontiguousarray(rows.T)), width)
        return found

    def of_columns(self, columns: list[Int64s], width: int) -> list[Int64s]:
        """Return the same of columns that do not lie side by side; errors likewise."""
        if not 0 <= self.changes <= len(columns):
            raise InputError(f"changes of {self.changes} columns, of {len(columns)}")
        whole = [np.ascontiguousarray(column).view(np.uint64) for column in columns]
        hashed = self._compiled if pays(whole[0].size) else self._plain
        return [hashed(whole, width).view(np.int64)]

    def _plain(self, columns: list[UInt64s], width: int) -> UInt64s:
        still, moving = columns[: len(columns) - self.changes], columns[-self.changes :]
        rows = columns[0].size
        row, grams = _chained(np.zeros(rows, np.uint64), still), rows - width + 1
        gram = np.zeros(grams, np.uint64)
        for at in range(width):
            gained = [c[at : at + grams] - c[:grams] for c in moving[: self.changes]]
            gram = _chained(gram, [_chained(row[at : at + grams], gained)])
        return gram

    def _compiled(self, columns: list[UInt64s], width: int) -> UInt64s:
        from karat.states.kernels import gram_kernel

        still = len(columns) - self.changes
        row = room(columns[0].size).view(np.uint64)
        row[:] = 0
        for column in columns[:still]:
            gram_kernel.chained(column, row)
        # One column is no copy.
        moving = columns[-1][None] if self.changes == 1 else self._together(columns[still:])
        found = room(row.size - width + 1).view(np.uint64)
        gram_kernel.grams(row, moving.reshape(self.changes, row.size), width, found)
        return found

    def _together(self, columns: list[UInt64s]) -> UInt64s:
        found = room(sum(column.size for column in columns)).view(np.uint64)
        return np.concatenate(columns, out=found) if columns else found


def _chained(chain: UInt64s, parts: Iterable[UInt64s]) -> UInt64s:
    for part in parts:
        chain = splitmix64(chain ^ part)
    return chain


@dataclass(frozen=True)
class NGramSketch(OverWindows[Smallest]):
    """The `size` smallest hashes of all different grams of `width` rows.

    Two sketches tell what share of their grams is common, to within 1 / sqrt(size); one with fewer
    hashes than `size` has all of them. Grams across the border of two pieces are in it too. Of
    the last `changes` columns a gram holds the changes since its first row (`GramHash`).
    """

    width: int
    size: int = 1024
    changes: int = 0
    name: ClassVar[str] = "ngram_sketch"
    version: ClassVar[int] = 1

    @cached_property
    def windowed(self) -> Windowed[Smallest]:
        """Windows of `width` rows."""
        return Windowed(self.width, GramHash(self.changes), MinimumValues(self.size))

    def observe(self, *columns: Column) -> WindowedState[Smallest]:
        """Return the state of these rows; `InputError` for nulls, floats or unequal lengths."""
        arrays = checked(columns)
        found = self._in_pieces(arrays)
        return self.windowed.observe(*arrays) if found is None else found

    def _in_pieces(self, columns: list[Int64s]) -> WindowedState[Smallest] | None:
        """Return the same without a list of all hashes; None where that is not worth it.

        No hash above the last of what some of the rows give is among the smallest of all.
        """
        with lent():
            return self._of_pieces(columns)

    def _of_pieces(self, columns: list[Int64s]) -> WindowedState[Smallest] | None:
        first, inner = MANY * self.size, self.windowed.inner
        if not self.changes <= len(columns) <= MOST_COLUMNS or columns[0].size < 2 * first:
            return None
        if self.width > first or not pays(columns[0].size):
            return None
        some = inner.observe(self._not_above([column[:first] for column in columns], LARGEST))
        later = [column[first - self.width + 1 :] for column in columns]
        if len(some) < self.size or (rest := self._not_above(later, some[-1])) is None:
            return None
        return self.windowed.around(columns, inner.merge(some, inner.observe(rest)))

    def _not_above(self, columns: list[Int64s], bound: int) -> Int64s | None:
        """Return all hashes that are `bound` or less; None for more than there is room for."""
        from karat.states.kernels import gram_kernel

        whole = [np.ascontiguousarray(column).view(np.uint64) for column in columns]
        padded = tuple(whole + [whole[0]] * (MOST_COLUMNS - len(whole)))
        kept = room(max(whole[0].size // 4, MANY * self.size) + gram_kernel.PIECE)
        still = len(whole) - self.changes
        used = gram_kernel.not_above(padded, still, self.changes, self.width, bound, kept)
        return None if used < 0 else kept[:used]
