"""Files of columns: Parquet, CSV, Arrow IPC (Feather), and folders of Parquet."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from karat.comparison.opened import Columns
from karat.errors import InputError
from karat.messages.file_name import utf8_name

PARQUET, ARROW = b"PAR1", b"ARROW1"
TEXT = (".csv", ".csv.gz", ".txt", ".tsv")
STREAMS = (".arrows", ".ipc", ".arrow")
READABLE = "Parquet, CSV (.csv, .csv.gz) and Arrow IPC can be read"


def columns_of_file(path: Path) -> Columns:
    """Return the columns of one file; its first bytes tell what it is, its name where they do not.

    Parquet is read a column at a time, other files whole. Raises `InputError` naming the file when
    it is missing, cut short, or none of the three.
    """
    try:
        with path.open("rb") as file:
            head = file.read(len(ARROW))
        if head.startswith(PARQUET):
            return _parquet([path])
        return _whole(path, head)
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file or folder") from error
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error


def columns_of_folder(folder: Path) -> Columns:
    """Return the columns of all *.parquet files below `folder`, one after the other by path.

    Raises `InputError` when there are none, or a file's columns are not those of the first.
    """
    paths = sorted(folder.rglob("*.parquet"))
    if not paths:
        raise InputError(f"{folder}: no *.parquet file lies in this folder")
    return _parquet(paths)


def _parquet(paths: Sequence[Path]) -> Columns:
    first, rows = _described(paths[0])[0], 0
    for path in paths:
        schema, count = _described(path)
        rows += count
        if not schema.equals(first):
            raise InputError(f"{path}: its columns are not those of {paths[0]}: compare alone")

    def read(name: str) -> pa.ChunkedArray:
        found = [_column(path, name) for path in paths]
        return pa.chunked_array(list(chain.from_iterable(c.chunks for c in found)), found[0].type)

    return Columns(rows, first.names, first.types, read)


def _described(path: Path) -> tuple[Any, int]:
    """Return the schema and the number of rows of a Parquet file."""
    try:
        with pq.ParquetFile(utf8_name(path)) as file:
            return file.schema_arrow, file.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error


def _column(path: Path, name: str) -> pa.ChunkedArray:
    try:
        with pq.ParquetFile(utf8_name(path)) as file:
            return file.read(columns=[name])[name]
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: column {name!r} is damaged ({error})") from error


def _whole(path: Path, head: bytes) -> Columns:
    name = path.name.lower()
    if head == ARROW:
        with pa.OSFile(utf8_name(path)) as file:
            table = pa.ipc.open_file(file).read_all()
    elif name.endswith(TEXT):
        table = _text(path)
    elif name.endswith(STREAMS):
        with pa.OSFile(utf8_name(path)) as file:
            table = pa.ipc.open_stream(file).read_all()
    else:
        raise InputError(f"{path}: {READABLE}, this is neither")
    return Columns(table.num_rows, table.schema.names, table.schema.types, table.column)


def _text(path: Path) -> pa.Table:
    """Return a CSV; its types are guessed from its first part, or from all where that is wrong."""
    from pyarrow import csv

    parse = csv.ParseOptions(delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
    try:
        return csv.read_csv(path, parse_options=parse)
    except pa.ArrowInvalid:
        # One thread, because only then does an error name its row.
        whole = csv.ReadOptions(block_size=(1 << 31) - 1, use_threads=False)
        return csv.read_csv(path, read_options=whole, parse_options=parse)
