"""A sketch of the grams of some rows: how much of it is a copy of something seen before."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from karat.digest import digest
from karat.states.encoding import Int64s
from karat.states.minimum_values import MinimumValues, Smallest
from karat.states.windowed import OverWindows, Windowed

UInt64s = NDArray[np.uint64]
STEP = np.uint64(0x9E3779B97F4A7C15)
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
    value)``: the columns of a row give the row's value, the rows of a window the gram's.
    """

    version: ClassVar[int] = 1

    def key(self) -> str:
        """Return the digest of name and version."""
        return digest("window function/1", "gram hash", self.version)

    def __call__(self, rows: Int64s, width: int) -> Int64s:
        """Return the hash of each window, as int64 of the same bits."""
        row = _chained([column.view(np.uint64) for column in np.ascontiguousarray(rows.T)])
        grams = row.size - width + 1
        return _chained([row[at : at + grams] for at in range(width)]).view(np.int64)


def _chained(parts: list[UInt64s]) -> UInt64s:
    chain = np.zeros(parts[0].size, np.uint64)
    for part in parts:
        chain = splitmix64(chain ^ part)
    return chain


@dataclass(frozen=True)
class NGramSketch(OverWindows[Smallest]):
    """The `size` smallest hashes of all different grams of `width` rows.

    Two sketches tell what share of their grams is common, to within 1 / sqrt(size); one with fewer
    hashes than `size` has all of them. Grams across the border of two pieces are in it too.
    """

    width: int
    size: int = 1024
    name: ClassVar[str] = "ngram_sketch"
    version: ClassVar[int] = 1

    @cached_property
    def windowed(self) -> Windowed[Smallest]:
        """Windows of `width` rows."""
        return Windowed(self.width, GramHash(), MinimumValues(self.size))
