"""The name of a column's values: equal for equal values, however they lie in memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from karat.compute.packing import packed
from karat.digest import Part, digest
from karat.errors import InputError

WIDE = 8
"""Bytes of a value from which on packing takes less time than hashing."""

TURNED = np.packbits(np.unpackbits(np.arange(256, dtype=np.uint8), bitorder="little"))
"""Each byte with its bits in the other order: Arrow's first row is the lowest, ours the highest."""


def column_digest(column: pa.ChunkedArray, name: str, what: str = "") -> str:
    """Return the name of a column's type, length, nulls and values; chunks do not matter.

    Raises InputError, which says of `what`, for a type without a fixed layout here.
    """
    column = decoded(column)
    array, kind = _in_one_piece(column), plain_type(column.type)
    parts: list[Part] = [str(kind), len(array), *_nulls(array)]
    if pa.types.is_temporal(kind):
        kind = pa.int64() if kind.bit_width == 8 * WIDE else pa.int32()
        array = array.view(kind)  # the count since an epoch; its unit and zone are in the type
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        filled = pc.fill_null(array.cast(pa.large_binary()), b"")
        parts.append(pc.binary_length(filled).to_numpy().astype("<i8").tobytes())
        parts.append(b"".join(filled.to_pylist()))
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        filled = pc.fill_null(array, pa.scalar(0).cast(kind)) if array.null_count else array
        values = filled.to_numpy(zero_copy_only=False)
        wide = values.dtype.itemsize == WIDE
        parts.extend(packed(values.view(np.int64)) if wide else [values.tobytes()])
    else:
        told = f"column {name!r}: {kind} has no digest yet: use integers, floats, times or text"
        raise InputError(f"{what}: {told}" if what else told)
    return digest("column/3", *parts)


def _in_one_piece(column: pa.ChunkedArray) -> pa.Array:
    """Return the only chunk as it is, which `combine_chunks` would copy."""
    if column.num_chunks == 1:
        return column.chunk(0)
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        return pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], column.type)
    return array


def _nulls(array: pa.Array) -> Iterator[bytes]:
    """Yield a bit a row that says whether it has a value; nothing where all have one."""
    if not array.null_count:
        return
    bits = array.buffers()[0]
    if bits is None or array.offset % 8:
        yield np.packbits(array.is_valid().to_numpy(zero_copy_only=False)).tobytes()
        return
    size = -(-len(array) // 8)
    turned = TURNED[np.frombuffer(bits, np.uint8, size, array.offset // 8)]
    turned[-1] &= 0xFF00 >> (len(array) - 1) % 8 + 1 & 0xFF  # what lies beyond may be anything
    yield turned.tobytes()


def plain_type(kind: pa.DataType) -> pa.DataType:
    """Return the type that values are told by: a dictionary's values', and text of any width."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    wide = pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind)
    return pa.binary() if wide else kind


def decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return `column` without dictionary: a null among its values is a null like any other."""
    kind = column.type
    return pc.cast(column, kind.value_type) if pa.types.is_dictionary(kind) else column
