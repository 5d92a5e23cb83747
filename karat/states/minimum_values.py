"""The k smallest distinct integers: of hashes, a fair sample of the distinct things hashed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from karat.digest import digest
from karat.errors import CorruptError, InputError
from karat.states.columns import Column, integers
from karat.states.encoding import Int64s, Reader, Writer
from karat.states.piecewise import piecewise, plain
from karat.states.whole_number import check_whole

Smallest = tuple[int, ...]
MANY, PIECE = 64, 1 << 13


@dataclass(frozen=True)
class MinimumValues:
    """The `size` smallest distinct values of an integer column, ascending; fewer if it has fewer.

    Raises `InputError` for a size below 1.
    """

    size: int
    name: ClassVar[str] = "minimum_values"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if check_whole(self.size, "size") < 1:
            raise InputError(f"the {self.size} smallest values: at least 1 is needed")

    def key(self) -> str:
        """Return the digest of name, version and size."""
        return digest("statistic/1", self.name, self.version, self.size)

    def empty(self) -> Smallest:
        """Return the state of no rows."""
        return ()

    @piecewise(16, plain)
    def observe(self, values: Column) -> Smallest:
        """Return the smallest values of a column; `InputError` for nulls or floats."""
        return tuple(self._smallest(integers(values, "values")).tolist())

    def merge(self, a: Smallest, b: Smallest) -> Smallest:
        """Return the smallest values of both."""
        for one, other in ((a, b), (b, a)):
            if not other or (len(one) == self.size and one[-1] < other[0]):
                return one
        # two rising runs are merged, not sorted: a set of both would have lost their order
        both = sorted(a + b)
        few = both[: self.size]
        repeats = len(few) > len(set(few))
        return tuple(dict.fromkeys(both))[: self.size] if repeats else tuple(few)

    def encode(self, state: Smallest) -> bytes:
        """Return the bytes of a state."""
        return Writer(self.version).array(np.array(state, np.int64), ascending=True).data()

    def decode(self, data: bytes) -> Smallest:
        """Return the state of these bytes; `CorruptError` when they are none."""
        reader = Reader(data, self.version, self.name)
        values = reader.array(ascending=True)
        reader.end()
        if values.size > self.size or not (values[1:] > values[:-1]).all():
            raise CorruptError(f"{self.name}: not the {self.size} smallest; compute it again")
        return tuple(values.tolist())

    def _smallest(self, values: Int64s) -> Int64s:
        if values.size <= max(MANY * self.size, PIECE):
            return self._of_few(values)
        found, waiting, count = self._of_few(values[: MANY // 2 * self.size]), [], 0
        for at in range(0, values.size, PIECE):
            piece = values[at : at + PIECE]
            # No value from the last of what some of the rows give on is new among the smallest.
            waiting.append(piece[piece < found[-1]] if found.size == self.size else piece)
            count += waiting[-1].size
            if count > MANY * self.size:
                found, waiting, count = self._of_few(np.concatenate([found, *waiting])), [], 0
        return self._of_few(np.concatenate([found, *waiting]))

    def _of_few(self, values: Int64s) -> Int64s:
        # Sorting a few is enough unless repeats take their places.
        few = 4 * self.size
        if values.size > few:
            distinct = _distinct(np.partition(values, few)[:few])
            if distinct.size >= self.size:
                return distinct[: self.size]
        return _distinct(values)[: self.size]


def _distinct(values: Int64s) -> Int64s:
    # numpy's unique builds a hash table first, which takes ten times as long as sorting.
    ordered = np.sort(values)
    kept: Int64s = ordered[np.append(True, ordered[1:] != ordered[:-1])[: ordered.size]]
    return kept
