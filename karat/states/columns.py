"""A column as numpy sees it: int64 or float64 values and which rows hold one."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.types as pt
from numpy.typing import NDArray

from karat.errors import InputError
from karat.states.picked import Picked, all_true

Column: TypeAlias = Any
"""A 1-D numpy array, pyarrow Array or ChunkedArray of integers, floats, booleans or times.

The engine hands its own statistics `Picked` rows as well.
"""


class Numbers(NamedTuple):
    """Values of a column; `valid` has one flag a row, False for null and NaN."""

    values: NDArray[Any]
    valid: NDArray[np.bool_]


def filled(column: Column) -> Numbers:
    """Return one value a row (0 or NaN where there is none) and the validity of each row.

    Integers, booleans and times (as they are counted) become int64, floats float64. No copy is
    made of int64, float64 and 64-bit times without nulls. An empty column gives empty arrays.
    Raises `InputError` for any other type, and for unsigned integers that int64 cannot hold.
    """
    if isinstance(column, Picked):
        return Numbers(column.values, column.valid)
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    numbers = _of_arrow(column) if isinstance(column, pa.Array) else _of_numpy(np.asarray(column))
    if numbers.values.dtype.kind != "f":
        return numbers
    return Numbers(numbers.values, numbers.valid & ~np.isnan(numbers.values))


def as_stored(column: Column) -> Numbers:
    """Return `filled`, but anything may stand where there is no value; errors likewise.

    Picked rows that are all rows are not copied, nulls or not: integers are as wide as they are.
    """
    if isinstance(column, Picked) and column.rows.mask is None:
        return Numbers(column.stored.values, column.stored.valid)
    return filled(column)


def dense(column: Column) -> Numbers:
    """Return the values of the rows that hold one, and the validity of each row."""
    values, valid = filled(column)
    if isinstance(column, Picked) and column.full:
        return Numbers(values, valid)
    return Numbers(values if valid.all() else values[valid], valid)


def held(column: Column) -> tuple[NDArray[Any], int]:
    """Return the values of the rows that hold one, and how many rows do not; errors as `filled`."""
    if complete(column):
        return column, 0  # a flag a row would take a tenth of the time of counting them
    values, valid = dense(column)
    return values, valid.size - values.size


def complete(column: Column) -> bool:
    """Return whether a column is an int64 or float64 array with a value in each row, and has some.

    Nothing is made by the row: the least of values is NaN where one of them is.
    """
    if not isinstance(column, np.ndarray) or column.ndim != 1 or not column.size:
        return False
    return column.dtype == np.int64 or (column.dtype == np.float64 and not np.isnan(column.min()))


def integers(column: Column, name: str) -> NDArray[np.int64]:
    """Return a column of integers without nulls; `name` is for the `InputError` otherwise."""
    values, valid = filled(column)
    if not (isinstance(column, Picked) and column.full) and not valid.all():
        raise InputError(f"column {name!r} is null at row {int(np.argmin(valid))}: it must not be")
    if values.dtype.kind != "i" and values.size:
        raise InputError(f"column {name!r} holds floats: cast it to int64")
    return values.astype(np.int64, copy=False)


def _of_arrow(array: Any) -> Numbers:
    if pt.is_dictionary(array.type):
        array = array.dictionary_decode()
    valid = all_true(len(array))
    if array.null_count:
        valid = array.is_valid().to_numpy(zero_copy_only=False)
    if pt.is_null(array.type):
        return Numbers(np.zeros(len(array), np.int64), valid)
    array = _as_number(array)
    whole = array.fill_null(0) if array.null_count else array
    return Numbers(whole.to_numpy(zero_copy_only=True), valid)


def _as_number(array: Any) -> Any:
    kind = array.type
    if pt.is_temporal(kind) and not pt.is_interval(kind):
        array = array.view(pa.int64() if kind.bit_width == 64 else pa.int32())  # noqa: PLR2004
    elif not (pt.is_integer(kind) or pt.is_floating(kind) or pt.is_boolean(kind)):
        raise InputError(f"a column of type {kind} has no numbers: cast it to integers")
    try:
        return array.cast(pa.float64() if pt.is_floating(kind) else pa.int64())
    except pa.ArrowInvalid as error:
        raise InputError(f"a column of type {kind} does not fit int64: {error}") from error


def _of_numpy(array: NDArray[Any]) -> Numbers:
    if array.ndim != 1:
        raise InputError(f"a column has one dimension, this array has {array.ndim}")
    valid = all_true(array.size)
    if array.dtype.kind in "mM":
        native = array.astype(array.dtype.newbyteorder("="), copy=False)
        return Numbers(native.view(np.int64), ~np.isnat(array))
    if array.dtype.kind == "u" and array.size and int(array.max()) > np.iinfo(np.int64).max:
        raise InputError(f"a column of type {array.dtype} does not fit int64")
    if array.dtype.kind in "biu":
        return Numbers(array.astype(np.int64, copy=False), valid)
    if array.dtype.kind == "f" and array.dtype.itemsize <= np.dtype(np.float64).itemsize:
        return Numbers(array.astype(np.float64, copy=False), valid)
    raise InputError(f"a column of type {array.dtype} has no numbers: cast it to integers")
