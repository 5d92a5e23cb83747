"""Counts of categories: kinds, sides, flags, digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from karat.digest import digest
from karat.errors import InputError
from karat.states import counts as sparse
from karat.states.columns import Column, dense
from karat.states.counts import Counts
from karat.states.encoding import Int64s


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


def _counted(values: Int64s) -> tuple[Int64s, Int64s]:
    categories, counts = np.unique(values, return_counts=True)
    return categories, counts.astype(np.int64)
