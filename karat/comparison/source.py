"""What is compared: a table, a frame or files, read a column at a time and only when asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import pyarrow as pa

from karat.comparison.files import columns_of_file, columns_of_folder
from karat.comparison.opened import Columns
from karat.errors import InputError

STREAM, ARRAY = "__arrow_c_stream__", "__arrow_array__"
NEEDS = "a path, a pyarrow table, or a pandas or polars frame"
UNNAMED_INDEX = "__index_level_"


@dataclass(frozen=True)
class Source:
    """One side: what it is called, its rows, and its columns by name."""

    label: str
    rows: int
    types: dict[str, Any]
    read: Callable[[str], pa.ChunkedArray]


def source_of(data: object, label: str) -> Source:
    """Return one side; a path is called by itself, anything else by `label`.

    An index of a pandas frame is a column if it has a name, and left out if it has none. Raises
    `InputError` naming `label` or the file for what cannot be read, and for a column name that is
    there twice.
    """
    if isinstance(data, str | PathLike):
        path = Path(data)
        label = str(path)
        opened = columns_of_folder(path) if path.is_dir() else columns_of_file(path)
    else:
        opened = _columns_of_table(_table(data, label))
    twice = [name for name, count in Counter(opened.names).items() if count > 1]
    if twice:
        raise InputError(f"{label}: column {twice[0]!r} is there twice: rename one")
    types = {
        name: kind
        for name, kind in zip(opened.names, opened.types, strict=True)
        if not name.startswith(UNNAMED_INDEX)
    }
    return Source(label, opened.rows, types, opened.read)


def _columns_of_table(table: pa.Table) -> Columns:
    return Columns(table.num_rows, table.schema.names, table.schema.types, table.column)


def _table(data: object, label: str) -> pa.Table:
    """Return rows as a table, through Arrow's protocols: no other library is imported here."""
    if isinstance(data, pa.Table):
        return data
    try:
        if isinstance(data, pa.RecordBatch):
            return pa.Table.from_batches([data])
        if hasattr(data, STREAM):
            return pa.RecordBatchReader.from_stream(data).read_all()
        if hasattr(data, ARRAY):
            return pa.Table.from_struct_array(pa.array(data))
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise InputError(f"{label}: no table comes out of its Arrow protocol ({error})") from error
    raise InputError(f"{label} is a {type(data).__name__}: it must be {NEEDS}")
