"""Names of decoded column values: what states and verdicts are keyed by.

Two files with equal columns have equal names, whatever their compression, row groups or writer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from karat.compute.reading import Reading
from karat.digest import digest
from karat.errors import InputError
from karat.store import Store


@dataclass(frozen=True, slots=True)
class Content:
    """How many rows a file has, and the digest of each column's values, in the file's order."""

    rows: int
    columns: Mapping[str, str]

    @property
    def digest(self) -> str:
        """Return the name of all columns together."""
        return content_digest(self.columns)


def content_digest(columns: Mapping[str, str]) -> str:
    """Return the name of columns with these names and digests, in this order."""
    return digest("content/1", *(part for item in columns.items() for part in item))


def table_content(table: pa.Table) -> Content:
    """Return the content of a table in memory."""
    columns = {name: column_digest(table[name], name) for name in table.schema.names}
    return Content(table.num_rows, columns)


def column_digest(column: pa.ChunkedArray, name: str) -> str:
    """Return the name of a column's type, length, nulls and values; chunks do not matter.

    Raises InputError for a type without a fixed layout here.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return column_digest(pc.cast(column, kind.value_type), name)
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


def partition_content(
    reading: Reading, store: Store, columns: Sequence[str] | None = None
) -> Content:
    """Return the content of a file; read once for each new byte digest, then found in `store`.

    `columns` names the columns to look at, None for all of them.
    """
    chosen = "*" if columns is None else ",".join(columns)
    key = digest("columns/1", reading.digest, chosen)
    if found := store.get(key):
        kept = json.loads(found)
        return Content(kept["rows"], dict(kept["columns"]))
    content = table_content(reading.table(columns))
    keep_content(store, reading.digest, content, chosen)
    return content


def keep_content(store: Store, bytes_digest: str, content: Content, chosen: str = "*") -> None:
    """Remember what the file with this byte digest holds."""
    text = json.dumps({"rows": content.rows, "columns": list(content.columns.items())})
    store.put(digest("columns/1", bytes_digest, chosen), text.encode())
