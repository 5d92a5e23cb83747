"""How many different values a column has: exact while they are few, an interval beyond."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from karat.digest import digest
from karat.errors import CorruptError, InputError
from karat.states.columns import Column, dense
from karat.states.distinct_count import Between, likely_count
from karat.states.encoding import Reader, Writer
from karat.states.minimum_values import MinimumValues, Smallest
from karat.states.ngrams import splitmix64
from karat.states.piecewise import piecewise


@dataclass(frozen=True)
class DistinctState:
    """Rows with a value, rows without, and the smallest hashes of the different values."""

    rows: int
    nulls: int
    hashes: Smallest


@dataclass(frozen=True)
class Distinct:
    """The number of different values of an integer column; nulls are counted apart.

    The `size` smallest hashes are kept (Bar-Yossef et al. 2002). Hashing is one to one, so up to
    `size` - 1 values the count is exact. Raises `InputError` for a size below 1.
    """

    size: int = 1024
    name: ClassVar[str] = "distinct"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = False

    def __post_init__(self) -> None:
        self.smallest  # noqa: B018 - a wrong size is refused where it is given

    @cached_property
    def smallest(self) -> MinimumValues:
        """What keeps the hashes."""
        return MinimumValues(self.size)

    def key(self) -> str:
        """Return the digest of name, version and size."""
        return digest("statistic/1", self.name, self.version, self.size)

    def empty(self) -> DistinctState:
        """Return the state of no rows."""
        return DistinctState(0, 0, self.smallest.empty())

    @piecewise(40)
    def observe(self, values: Column) -> DistinctState:
        """Return the state of a column; `InputError` for a column of floats."""
        present, valid = dense(values)
        if present.dtype.kind != "i" and present.size:
            raise InputError("different values are of integers, this column holds floats: cast it")
        hashes = splitmix64(present.astype(np.int64, copy=False).view(np.uint64)).view(np.int64)
        nulls = valid.size - present.size
        return DistinctState(present.size, nulls, self.smallest.observe(hashes))

    def merge(self, a: DistinctState, b: DistinctState) -> DistinctState:
        """Return the state of the rows of both."""
        hashes = self.smallest.merge(a.hashes, b.hashes)
        return DistinctState(a.rows + b.rows, a.nulls + b.nulls, hashes)

    def count(self, state: DistinctState, risk: float = 1e-6) -> Between:
        """Return what the number of different values lies between, by `likely_count`."""
        return likely_count(state.hashes, self.size, state.rows, risk)

    def encode(self, state: DistinctState) -> bytes:
        """Return the bytes of a state."""
        writer = Writer(self.version).integers(state.rows, state.nulls)
        return writer.nested(self.smallest.encode(state.hashes)).data()

    def decode(self, data: bytes) -> DistinctState:
        """Return the state of these bytes; `CorruptError` when they are none."""
        reader = Reader(data, self.version, self.name)
        rows, nulls = reader.integers(2)
        hashes = self.smallest.decode(reader.nested())
        reader.end()
        if nulls < 0 or rows < len(hashes) or bool(rows) != bool(hashes):
            raise CorruptError(f"{self.name}: {rows} rows do not have these; compute it again")
        return DistinctState(rows, nulls, hashes)
