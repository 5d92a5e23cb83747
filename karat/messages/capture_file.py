"""Captures as they lie in files: opened with errors that name the file and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from karat.errors import InputError

BATCH_ROWS = 1 << 17


def parquet_file(path: Path, columns: Sequence[str], source: str) -> pq.ParquetFile:
    """Open `path` and see that it has `columns`.

    Raises InputError naming `source` when it is not Parquet, cut short, or a column is missing.
    """
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{source}: not a readable Parquet file ({error})") from error
    have = file.schema_arrow.names
    missing = [name for name in columns if name not in have]
    if missing:
        file.close()
        raise InputError(f"{source}: column {missing[0]!r} is missing; have {', '.join(have)}")
    return file


def batches(file: pq.ParquetFile, columns: Sequence[str], source: str) -> Iterator[pa.RecordBatch]:
    """Yield the rows of `file` in batches of at most 131,072.

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


def integers(column: pa.Array, name: str, source: str) -> pa.Array:
    """Return `column` as int64; InputError when it is of another type or has a null."""
    if not pa.types.is_integer(column.type):
        raise InputError(f"{source}: column {name!r} is {column.type}, needs integers")
    if column.null_count:
        row = column.is_null().to_pylist().index(True) + 1
        raise InputError(f"{source}: column {name!r} is null in row {row}")
    return column.cast(pa.int64())
