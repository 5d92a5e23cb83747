"""What a Parquet file holds, found out by reading only what no file held before it.

A file of few rows is one chunk and read whole. Of a larger one, row groups that any file had
before are known by name: their times, and the digests of their columns where chunks end with
them. So of a file of which a minute was restated, the groups of that minute are decoded.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from karat.compute.chunk_names import ChunkNames, time_columns
from karat.compute.column_digests import column_digest, decoded, plain_type
from karat.compute.content import Content, keep_content, kept_content, table_content
from karat.compute.file_rows import FileRows, named
from karat.compute.group_times import partition_chunks
from karat.compute.reading import Reading
from karat.compute.row_groups import GroupIndex, keep_index
from karat.digest import digest, file_digest
from karat.messages.borders import CUT, Chunks, Cut
from karat.store import MemoryStore, Store
from karat.store.understood import understood


class Segment(NamedTuple):
    """Chunks `first` to `stop` of a file, and the name of the row groups that hold just them."""

    first: int
    stop: int
    name: str


def partition_content(
    reading: Reading, store: Store, columns: Sequence[str] | None = None
) -> Content:
    """Return the content of a file; read once for each new byte digest, then found in `store`.

    `columns` names the columns to look at, None for all of them.
    """
    if found := known_content(reading, store, columns):
        return found
    rows = reading.rows(store)
    if rows.count < reading.cut.many:
        content = table_content(reading.table(columns), reading.cut, reading.path)
    else:
        if rows.index is None:
            keep_index(store, reading.digest, rows.indexed())
        content = _chunked(rows, rows.indexed(), store, columns, reading.cut)
    keep_content(store, reading.digest, content, columns, reading.cut)
    return content


def known_content(
    reading: Reading, store: Store, columns: Sequence[str] | None = None
) -> Content | None:
    """Return the content of a file that was read before, None of one that was not; reads none."""
    return kept_content(store, reading.digest, columns, reading.cut)


def file_content(
    path: Path,
    store: Store | None = None,
    columns: Sequence[str] | None = None,
    cut: Cut = CUT,
    what: str = "",
) -> Content:
    """Return the content of a Parquet file that lies in no lake, called `what` in errors.

    In memory is no more than a chunk, whatever the file's size. With `store`, groups known from
    other files are not decoded. Raises InputError for what is not Parquet or has no digest.
    """
    rows = FileRows(path, what or str(path), proved=True)
    if rows.count >= cut.many:
        kept = MemoryStore() if store is None else store
        return _chunked(rows, rows.indexed(), kept, columns, cut)
    with rows.stream(columns) as stream:
        return table_content(stream.rows(0, rows.count), cut, rows.what)


def index_file(path: Path, store: Store, cut: Cut = CUT) -> Content:
    """Return the content of a file and keep, under its byte digest, all that reading it showed.

    For whoever puts files into a lake that karat then judges: what is known is not read again.
    Errors as `file_content`.
    """
    rows, name = FileRows(path, str(path), proved=True), file_digest(path)
    if rows.count < cut.many:
        content = file_content(path, store, cut=cut)
    else:
        keep_index(store, name, rows.indexed())
        content = _chunked(rows, rows.indexed(), store, None, cut)
    keep_content(store, name, content, cut=cut)
    return content


def _chunked(
    rows: FileRows, index: GroupIndex, store: Store, columns: Sequence[str] | None, cut: Cut
) -> Content:
    """Return the content of many rows; segments that `store` does not know are decoded."""
    with rows.opened() as file:
        schema = file.schema_arrow
    wanted = named(schema.names, columns, rows.what)
    fields = pa.schema([schema.field(name) for name in wanted])
    chunks = partition_chunks(rows, index, store, time_columns(fields), cut)
    segments = _segments(index, chunks, str(fields))
    known = understood(store, [segment.name for segment in segments], _segment)
    made = _decoded(rows, wanted, chunks, [s for s in segments if s.name not in known])
    store.put_many({name: json.dumps(one).encode() for name, one in made.items()})
    parts = [(known | made)[segment.name] for segment in segments]
    nulls = {c: sum(part["nulls"][c] for part in parts) for c in wanted}
    names = {c: b"".join(b64decode(part["names"][c]) for part in parts) for c in wanted}
    kinds = {field.name: str(plain_type(field.type)) for field in fields}
    slots, counts = (column.astype("<i8").tobytes() for column in chunks)
    held = ChunkNames(slots, counts, names)
    many = held if held.count > 1 else None
    return Content(int(index.rows.sum()), held.columns(), kinds, nulls, many)


def _segment(data: bytes) -> dict[str, Any]:
    """Return what is kept of a segment; KeyError or ValueError for anything else."""
    held = json.loads(data)
    return {"nulls": {**held["nulls"]}, "names": {**held["names"]}}


def _segments(index: GroupIndex, chunks: Chunks, fields: str) -> list[Segment]:
    """Return the shortest runs of chunks that begin and end where row groups do."""
    chunk_rows = np.concatenate(([0], np.cumsum(chunks.rows)))
    group_rows = index.first_rows()
    shared = np.intersect1d(chunk_rows, group_rows)
    of_chunks = np.searchsorted(chunk_rows, shared).tolist()
    # groups without rows share a border: they go with what comes after it
    of_groups = np.searchsorted(group_rows, shared).tolist()
    found = []
    for at in range(shared.size - 1):
        first, stop = of_chunks[at : at + 2]
        groups = index.names[of_groups[at] : of_groups[at + 1]]
        counts = chunks.rows[first:stop].tolist()
        found.append(
            Segment(first, stop, digest("segment/3", fields, len(groups), *groups, *counts))
        )
    return found


def _decoded(
    rows: FileRows, columns: list[str], chunks: Chunks, segments: Sequence[Segment]
) -> dict[str, Mapping[str, Any]]:
    """Return the digests and nulls of the columns of each segment, chunk by chunk, by its name."""
    if not segments:
        return {}
    borders = np.concatenate(([0], np.cumsum(chunks.rows))).tolist()
    found = dict[str, Mapping[str, Any]]()
    with rows.stream(columns) as stream:
        for segment in segments:
            hashes = {name: bytearray() for name in columns}
            nulls = dict.fromkeys(columns, 0)
            for at in range(segment.first, segment.stop):
                table = stream.rows(borders[at], borders[at + 1])
                for name in columns:
                    column = decoded(table[name])
                    hashes[name] += bytes.fromhex(column_digest(column, name, rows.what))
                    nulls[name] += column.null_count
            texts = {name: b64encode(held).decode() for name, held in hashes.items()}
            found[segment.name] = {"names": texts, "nulls": nulls}
    return found
