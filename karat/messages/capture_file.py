"""Captures as they lie in files: opened with errors that name the file and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from karat.errors import InputError
from karat.messages.file_name import utf8_name

BATCH_ROWS = 1 << 14


def parquet_file(path: Path, columns: Sequence[str], source: str) -> pq.ParquetFile:
    """Open `path` and see that it has `columns`.

    Raises InputError naming `source` when it is not Parquet, cut short, or a column is missing.
    """
    try:
        file = pq.ParquetFile(utf8_name(path))
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{source}: not a readable Parquet file ({error})") from error
    have = file.schema_arrow.names
    missing = [name for name in columns if name not in have]
    if missing:
        file.close()
        raise InputError(f"{source}: column {missing[0]!r} is missing; have {', '.join(have)}")
    return file


def batches(file: pq.ParquetFile, columns: Sequence[str], source: str) -> Iterator[pa.RecordBatch]:
    """Yield the rows of `file` in batches of at most 16,384.

    Raises InputError naming `source` when the bytes cannot be decoded.
    """
    try:
        yield from file.iter_batches(BATCH_ROWS, columns=list(columns))
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{source}: damaged Parquet data ({error})") from error


def capture_table(path: Path, columns: Sequence[str], source: str) -> pa.Table:
    """Return `columns` of a whole file, in one chunk each; errors as `parquet_file`."""
    with parquet_file(path, columns, source) as file:
        schema: Any = pa.schema([file.schema_arrow.field(name) for name in columns])
        return pa.Table.from_batches(list(batches(file, columns, source)), schema).combine_chunks()


def integers(column: pa.Array, name: str, source: str, first_row: int = 1) -> pa.Array:
    """Return `column`, which starts at row `first_row`, as int64.

    Raises InputError when it is of another type or has a null.
    """
    if not pa.types.is_integer(column.type):
        raise InputError(f"{source}: column {name!r} is {column.type}, needs integers")
    _refuse_null(column, name, source, first_row)
    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid as error:
        raise InputError(f"{source}: column {name!r} does not fit int64: {error}") from error


def flags(column: pa.Array, name: str, source: str, first_row: int = 1) -> pa.Array:
    """Return `column` of booleans; errors as `integers`."""
    if not pa.types.is_boolean(column.type):
        raise InputError(f"{source}: column {name!r} is {column.type}, needs booleans")
    _refuse_null(column, name, source, first_row)
    return column


def texts(column: pa.Array, name: str, source: str, first_row: int = 1) -> pa.Array:
    """Return `column` as plain strings; errors as `integers`."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise InputError(f"{source}: column {name!r} is {column.type}, needs text")
    _refuse_null(column, name, source, first_row)
    return column.cast(pa.string())


def _refuse_null(column: pa.Array, name: str, source: str, first_row: int) -> None:
    if column.null_count:
        row = first_row + column.is_null().to_pylist().index(True)
        raise InputError(f"{source}: column {name!r} is null in row {row}")
