"""Names of decoded column values: what states and verdicts are keyed by.

Two files with equal columns have equal names, whatever their compression, row groups or writer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from karat.compute.reading import Reading
from karat.digest import digest
from karat.errors import InputError
from karat.store import Store


@dataclass(frozen=True, slots=True)
class Content:
    """How many rows a file has, and the digest of each column's values, in the file's order.

    `kinds` are the columns' Arrow types (of a dictionary, its values'), `nulls` how many each has.
    """

    rows: int
    columns: Mapping[str, str]
    kinds: Mapping[str, str] = field(default_factory=dict)
    nulls: Mapping[str, int] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Return the name of all columns together."""
        return content_digest(self.columns)


def content_digest(columns: Mapping[str, str]) -> str:
    """Return the name of columns with these names and digests, in this order."""
    return digest("content/1", *(part for item in columns.items() for part in item))


def table_content(table: pa.Table) -> Content:
    """Return the content of a table in memory."""
    plain = {column.name: _decoded(table[column.name]) for column in table.schema}
    columns = {name: column_digest(column, name) for name, column in plain.items()}
    kinds = {name: str(column.type) for name, column in plain.items()}
    nulls = {name: column.null_count for name, column in plain.items()}
    return Content(table.num_rows, columns, kinds, nulls)


def column_digest(column: pa.ChunkedArray, name: str) -> str:
    """Return the name of a column's type, length, nulls and values; chunks do not matter.

    Raises InputError for a type without a fixed layout here.
    """
    column = _decoded(column)
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


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return `column` without dictionary: a null among its values is a null like any other."""
    kind = column.type
    return pc.cast(column, kind.value_type) if pa.types.is_dictionary(kind) else column


def partition_content(
    reading: Reading, store: Store, columns: Sequence[str] | None = None
) -> Content:
    """Return the content of a file; read once for each new byte digest, then found in `store`.

    `columns` names the columns to look at, None for all of them.
    """
    if found := known_content(reading, store, columns):
        return found
    content = table_content(reading.table(columns))
    keep_content(store, reading.digest, content, _chosen(columns))
    return content


def known_content(
    reading: Reading, store: Store, columns: Sequence[str] | None = None
) -> Content | None:
    """Return the content of a file that was read before, None of one that was not; reads none."""
    found = store.get(_content_key(reading.digest, _chosen(columns)))
    return Content(**json.loads(found)) if found else None


def _chosen(columns: Sequence[str] | None) -> str:
    return "*" if columns is None else json.dumps(list(columns))


def keep_content(store: Store, bytes_digest: str, content: Content, chosen: str = "*") -> None:
    """Remember what the file with this byte digest holds."""
    store.put(_content_key(bytes_digest, chosen), json.dumps(asdict(content)).encode())


def _content_key(bytes_digest: str, chosen: str) -> str:
    return digest("columns/2", bytes_digest, chosen)
