"""Some rows of a column, copied only for those who must have them side by side.

Most rules look at few of the rows, and many rules at the same ones. A comparison of two columns
goes over whole columns faster than chosen rows can be copied, and looks at a mask afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.types as pt
from numpy.typing import NDArray

from karat.states.kernels import pays

Flags = NDArray[np.bool_]
FEW, MOST_KEPT = 4, 1 << 22
"""Of fewer than one row in so many, values are sooner found by number than by flag.

Then the most flags that are kept for who asks for as many."""


class Stored(NamedTuple):
    """Integers as they lie in memory, of their own width; anything where `valid` is False.

    `full` columns have a value in every row.
    """

    values: NDArray[Any]
    valid: Flags
    full: bool


def stored(column: pa.ChunkedArray | pa.Array) -> Stored:
    """Return a column of signed integers without a copy, unless it lies in several chunks."""
    array = _in_one_piece(column) if isinstance(column, pa.ChunkedArray) else column
    bits, values = array.buffers()
    bare = pa.Array.from_buffers(array.type, len(array), [None, values], 0, array.offset)
    if not array.null_count:
        return Stored(bare.to_numpy(), all_true(len(array)), full=True)
    flags = np.unpackbits(
        np.frombuffer(bits, np.uint8), count=array.offset + len(array), bitorder="little"
    )
    return Stored(bare.to_numpy(), flags[array.offset :].view(bool), full=False)


def all_true(rows: int) -> Flags:
    """Return so many flags, all True and maybe kept for who asks next: nobody may write them."""
    return (
        _kept_true(max(rows.bit_length(), 12))[:rows] if rows <= MOST_KEPT else np.ones(rows, bool)
    )


@cache
def _kept_true(bits: int) -> Flags:
    flags = np.ones(1 << bits, bool)
    flags.setflags(write=False)
    return flags


def _in_one_piece(column: pa.ChunkedArray) -> pa.Array:
    """Return the only chunk as it is, which `combine_chunks` would copy."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def storable(kind: pa.DataType) -> bool:
    """Return whether `stored` takes a column of this type."""
    return bool(pt.is_signed_integer(kind))


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a table: those of which `mask` is True, or all `size` of them where it is None."""

    size: int
    mask: Flags | None = None

    @classmethod
    def counted(cls, size: int, mask: Flags, count: int) -> Self:
        """Return the `count` rows of `mask`."""
        found = cls(size, mask)
        vars(found)["count"] = count
        return found

    @cached_property
    def index(self) -> NDArray[np.int64] | None:
        """Numbers of the rows, ascending; None for all of them."""
        if self.mask is None or not pays(self.size):
            return None if self.mask is None else np.flatnonzero(self.mask)
        from karat.states.kernels import pick_kernel

        found = np.empty(self.count + 1, np.int64)
        pick_kernel.number(self.mask, found)
        return found[:-1]

    def of(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the values of these rows, of an array with one for each row of the table."""
        return values if self.mask is None else values[self.mask]

    def int64s(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """Return the same of signed integers, as integers of 64 bits."""
        if self.mask is None or not pays(self.size):
            return self.of(values).astype(np.int64, copy=False)
        from karat.states.kernels import pick_kernel

        found = np.empty(self.count + 1, np.int64)
        if self.count * FEW < self.size:
            pick_kernel.gather(values, self.index, found)
        else:
            pick_kernel.pick(values, self.mask, found)
        return found[:-1]

    def place(self, row: int) -> int:
        """Return the number of a row, counted among those chosen; `IndexError` when it is none."""
        if self.mask is None:
            return row
        if row == 0 and self.count:  # often all that is asked for, and found without the others
            return int(self.mask.argmax())
        return int(self.index[row])  # type: ignore[index]

    @cached_property
    def count(self) -> int:
        """How many they are."""
        return self.size if self.mask is None else int(np.count_nonzero(self.mask))

    @property
    def flags(self) -> Flags:
        """Whether each row of the table is chosen; nobody may write it."""
        return all_true(self.size) if self.mask is None else self.mask

    @cached_property
    def all_valid(self) -> Flags:
        """True for each of them: the validity of a full column, made once."""
        return np.ones(self.count, bool)

    def held(self, *columns: Stored) -> Rows:
        """Return those of the rows that hold a value in each of `columns`."""
        partly = [column.valid for column in columns if not column.full]
        mask = self.mask
        for valid in partly:
            mask = valid if mask is None else mask & valid
        found = Rows(self.size, mask) if partly else self
        return self if found.count == self.count else found


@dataclass(frozen=True, eq=False)
class Picked:
    """The rows `rows` of the column `stored`, as `karat.states.columns.filled` takes them."""

    stored: Stored
    rows: Rows

    def __len__(self) -> int:
        """Return how many rows are chosen."""
        return self.rows.count

    def __getitem__(self, row: int) -> int:
        """Return the value of a row, counted among those chosen; it must have one."""
        return int(self.stored.values[self.rows.place(row)])

    @cached_property
    def whole(self) -> NDArray[np.int64]:
        """Value of every row, chosen or not; anything where there is none."""
        return self.stored.values.astype(np.int64, copy=False)

    @cached_property
    def values(self) -> NDArray[np.int64]:
        """Value of each row chosen, 0 where there is none."""
        rows = self.rows
        some = self.whole if rows.mask is None else rows.int64s(self.stored.values)
        return some if self.full else np.where(self.valid, some, 0)

    @cached_property
    def valid(self) -> Flags:
        """Whether each row chosen has a value."""
        return self.rows.all_valid if self.full else self.rows.of(self.stored.valid)

    @cached_property
    def full(self) -> bool:
        """Whether every row chosen has a value."""
        if self.stored.full or self.rows.mask is None:
            return self.stored.full or bool(self.stored.valid.all())
        return not (self.rows.mask > self.stored.valid).any()  # flags are chosen far more slowly


def beside(*columns: object) -> bool:
    """Return whether all columns are `Picked`, and of the same rows."""
    first, *others = columns
    return isinstance(first, Picked) and all(
        isinstance(other, Picked) and other.rows is first.rows for other in others
    )
