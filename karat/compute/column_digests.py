"""The name of a column's values: equal for equal values, however they lie in memory."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from karat.compute.nested_values import (
    bare_bytes,
    is_bare,
    is_nested,
    nested_parts,
    plain_nested,
)
from karat.compute.packing import ALL, Bits, packed
from karat.digest import Part, digest_of
from karat.errors import InputError

WIDE = 8
"""Bytes of a value from which on packing takes less time than hashing."""


def column_digest(column: pa.ChunkedArray, name: str, what: str = "") -> str:
    """Return the name of a column's type, length, nulls and values; chunks do not matter.

    Raises InputError, which says of `what`, for a type without a fixed layout here.
    """
    column = decoded(column)
    array, kind = _in_one_piece(column), plain_type(column.type)
    valid = _valid(array)
    if is_nested(kind):
        values: Iterable[Part] = nested_parts(array, name, partial(column_digest, what=what))
    elif is_bare(kind) or pt.is_null(kind):
        values = [] if pt.is_null(kind) else [bare_bytes(array)]
    elif _has_layout(kind):
        values = _values(array, kind, valid)
    else:
        told = f"column {name!r}: {kind} has no digest: use numbers, times, text, lists or structs"
        raise InputError(f"{what}: {told}" if what else told)
    there = [valid.data] if valid.size else []
    return digest_of("column/4", chain((str(kind), len(array)), there, values))


def _has_layout(kind: pa.DataType) -> bool:
    """Return whether values of a plain type are whole numbers, floats, times, truths or text."""
    text = pt.is_string(kind) or pt.is_binary(kind)
    number = pt.is_integer(kind) or pt.is_floating(kind) or pt.is_boolean(kind)
    return bool(text or number or (pt.is_temporal(kind) and not pt.is_interval(kind)))


def _values(array: pa.Array, kind: pa.DataType, valid: Bits) -> Iterable[Part]:
    """Return the values as parts of a name: text, packed where they are wide, or as they lie."""
    if pt.is_string(kind) or pt.is_binary(kind):
        filled = pc.fill_null(array.cast(pa.large_binary()), b"")
        lengths = pc.binary_length(filled).to_numpy().astype("<i8").tobytes()
        return [lengths, b"".join(filled.to_pylist())]
    if pt.is_temporal(kind):  # the count since an epoch; its unit and zone are in the type
        array = array.view(pa.int64() if kind.bit_width == 8 * WIDE else pa.int32())
    if pt.is_primitive(array.type) and array.type.bit_width == 8 * WIDE:
        bare = pa.Array.from_buffers(
            array.type, len(array), [None, array.buffers()[1]], 0, array.offset
        )
        return packed(bare.to_numpy().view(np.int64), valid)
    zero = pa.scalar(0).cast(array.type)
    filled = pc.fill_null(array, zero) if array.null_count else array
    return [filled.to_numpy(zero_copy_only=False).tobytes()]


def _in_one_piece(column: pa.ChunkedArray) -> pa.Array:
    """Return the only chunk as it is, which `combine_chunks` would copy."""
    if column.num_chunks == 1:
        return column.chunk(0)
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        return pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], column.type)
    return array


def _valid(array: pa.Array) -> Bits:
    """Return a bit a row that says whether it has a value, from the lowest; none where all have."""
    if not array.null_count:
        return ALL
    bits = array.buffers()[0]
    if bits is None or array.offset % 8:
        there = array.is_valid().to_numpy(zero_copy_only=False)
        return np.packbits(there, bitorder="little")
    size = -(-len(array) // 8)
    found = np.frombuffer(bits, np.uint8, size, array.offset // 8).copy()
    found[-1] &= 0xFF >> -len(array) % 8  # what lies beyond may be anything
    return found


def plain_type(kind: pa.DataType) -> pa.DataType:
    """Return the type that values are told by: a dictionary's values', and text of any width."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if is_nested(kind):
        return plain_nested(kind, plain_type)
    wide = pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind)
    return pa.binary() if wide else kind


def decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return `column` without dictionary: a null among its values is a null like any other."""
    kind = column.type
    return pc.cast(column, kind.value_type) if pa.types.is_dictionary(kind) else column
