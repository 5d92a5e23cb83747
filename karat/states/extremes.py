"""The largest or the smallest values of a column, repeats and all: what tails are judged by."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from karat.digest import digest
from karat.errors import CorruptError, InputError
from karat.states.columns import Column, integers
from karat.states.encoding import Int64s, Reader, Writer
from karat.states.piecewise import piecewise
from karat.states.whole_number import check_whole

Values = tuple[int, ...]


@dataclass(frozen=True)
class _Extremes(ABC):
    """The `size` outermost values, the outermost first; fewer if there are fewer rows.

    Raises `InputError` for a size below 1.
    """

    size: int
    name: ClassVar[str]
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = False
    mask: ClassVar[int]
    """What turns values into ones of which the smallest are kept: ~x rises as x falls."""

    def __post_init__(self) -> None:
        if check_whole(self.size, "size") < 1:
            raise InputError(f"the {self.size} outermost values: at least 1 is needed")

    def key(self) -> str:
        """Return the digest of name, version and size."""
        return digest("statistic/1", self.name, self.version, self.size)

    def empty(self) -> Values:
        """Return the state of no rows."""
        return ()

    @piecewise(24)
    def observe(self, values: Column) -> Values:
        """Return the outermost values of a column; `InputError` for nulls or floats."""
        return self._kept(integers(values, "values") ^ self.mask)

    def merge(self, a: Values, b: Values) -> Values:
        """Return the outermost values of both."""
        return self._kept(np.array(a + b, np.int64) ^ self.mask)

    def encode(self, state: Values) -> bytes:
        """Return the bytes of a state."""
        turned = np.array(state, np.int64) ^ self.mask
        return Writer(self.version).array(turned, ascending=True).data()

    def decode(self, data: bytes) -> Values:
        """Return the state of these bytes; `CorruptError` when they are none."""
        reader = Reader(data, self.version, self.name)
        turned = reader.array(ascending=True)
        reader.end()
        if turned.size > self.size or (turned[1:] < turned[:-1]).any():
            raise CorruptError(f"{self.name}: not {self.size} in order; compute it again")
        return tuple((turned ^ self.mask).tolist())

    def _kept(self, turned: Int64s) -> Values:
        if turned.size > self.size:
            turned = np.partition(turned, self.size - 1)[: self.size]
        return tuple((np.sort(turned) ^ self.mask).tolist())


@dataclass(frozen=True)
class TopK(_Extremes):
    """The `size` largest values of an integer column, falling; `hill` needs one more than its k.

    >>> TopK(2).observe(np.array([3, 9, 9, 1]))
    (9, 9)
    """

    name: ClassVar[str] = "top_k"
    mask: ClassVar[int] = -1


@dataclass(frozen=True)
class BottomK(_Extremes):
    """The `size` smallest values of an integer column, rising, repeats and all.

    `MinimumValues` keeps each value once. Raises `InputError` for a size below 1.
    """

    name: ClassVar[str] = "bottom_k"
    mask: ClassVar[int] = 0
