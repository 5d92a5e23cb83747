"""The name of a column's values: equal for equal values, however they lie in memory."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from karat.digest import digest
from karat.errors import InputError


def column_digest(column: pa.ChunkedArray, name: str) -> str:
    """Return the name of a column's type, length, nulls and values; chunks do not matter.

    Raises InputError for a type without a fixed layout here.
    """
    column = decoded(column)
    kind = column.type
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], kind)
    parts: list[bytes | str | int] = [str(kind), len(array)]
    if array.null_count:
        parts.append(np.packbits(array.is_valid().to_numpy(zero_copy_only=False)).tobytes())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind):
        filled = pc.fill_null(array.cast(pa.large_binary()), b"")
        parts.append(pc.binary_length(filled).to_numpy().astype("<i8").tobytes())
        parts.append(b"".join(filled.to_pylist()))
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        filled = pc.fill_null(array, pa.scalar(0).cast(kind))
        parts.append(filled.to_numpy(zero_copy_only=False).tobytes())
    else:
        raise InputError(f"column {name!r}: {kind} has no digest yet: use integers, floats or text")
    return digest("column/1", *parts)


def decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return `column` without dictionary: a null among its values is a null like any other."""
    kind = column.type
    return pc.cast(column, kind.value_type) if pa.types.is_dictionary(kind) else column
