"""Values that are made of others, and decimals: what of them goes into a column's name.

However they lie in memory, equal values give equal parts: offsets become lengths, what lies below
a null goes, and a list is a list whatever the width of its offsets or the name of its items.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from karat.digest import Part

Named = Callable[[pa.ChunkedArray, str], str]
"""Gives the name of a column of values, called so in errors."""


def is_nested(kind: pa.DataType) -> bool:
    """Return whether values are lists, maps or structs."""
    return bool(_is_list(kind) or pt.is_map(kind) or pt.is_struct(kind))


def is_bare(kind: pa.DataType) -> bool:
    """Return whether values are a fixed number of bytes that say all: decimals and the like."""
    return bool(pt.is_decimal(kind) or pt.is_fixed_size_binary(kind))


def plain_nested(kind: pa.DataType, plain: Callable[[pa.DataType], pa.DataType]) -> pa.DataType:
    """Return the type that nested values are told by, `plain` giving that of others.

    >>> str(plain_nested(pa.large_list(pa.field("element", pa.int8(), False)), lambda kind: kind))
    'list<item: int8>'
    """
    if pt.is_map(kind):
        return pa.map_(plain(kind.key_type), plain(kind.item_type))
    if pt.is_struct(kind):
        return pa.struct([pa.field(one.name, plain(one.type)) for one in kind])
    return pa.list_(plain(kind.value_type))


def nested_parts(array: pa.Array, name: str, named: Named) -> Iterator[Part]:
    """Yield what names nested values beside their nulls: lengths, and the names of what is inside.

    `name` is the column's, for errors about what is inside.
    """
    if pt.is_struct(array.type):
        for field, values in zip(array.type, array.flatten(), strict=True):
            yield field.name
            yield named(pa.chunked_array([values]), f"{name}.{field.name}")
        return
    if pt.is_map(array.type):
        array = _as_lists(array)
    lengths = pc.fill_null(pc.list_value_length(array), 0)
    yield lengths.cast(pa.int64()).to_numpy(zero_copy_only=False).astype("<i8").tobytes()
    yield named(pa.chunked_array([array.flatten()]), f"{name}[]")


def bare_bytes(array: pa.Array) -> bytes:
    """Return the bytes of decimals and the like, zeros for nulls."""
    width = array.type.bit_width // 8
    first = array.offset * width
    held = array.buffers()[1]
    size = len(array) * width
    found = np.zeros(0, np.uint8) if held is None else np.frombuffer(held, np.uint8, size, first)
    if array.null_count:
        there = array.is_valid().to_numpy(zero_copy_only=False)
        found = np.where(there[:, None], found.reshape(len(array), width), 0).astype(np.uint8)
    return found.tobytes()


def _is_list(kind: pa.DataType) -> bool:
    return bool(
        pt.is_list(kind)
        or pt.is_large_list(kind)
        or pt.is_fixed_size_list(kind)
        or pt.is_list_view(kind)
        or pt.is_large_list_view(kind)
    )


def _as_lists(array: pa.MapArray) -> pa.ListArray:
    """Return maps as lists of structs of key and value, in their order."""
    fields = [pa.field("key", array.type.key_type), pa.field("value", array.type.item_type)]
    return array.cast(pa.list_(pa.struct(fields)))
