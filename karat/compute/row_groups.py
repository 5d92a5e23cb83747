"""The row groups of a Parquet file: where each lies, what its bytes hash to, and its name.

A group's name is of its bytes and of what the footer says of how to decode them, so two files
that share a group share its name. The footer is hashed too: with the index known from before, a
group is proved by its own bytes and the footer, and the rest of the file need not be read.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from karat.compute.leaf_column import column_of
from karat.digest import bytes_digest, digest
from karat.errors import CorruptError
from karat.messages.borders import Int64s
from karat.store import Store
from karat.store.understood import understood


@dataclass(frozen=True, slots=True)
class GroupIndex:
    """The row groups of one file, in order; `footer` is the digest of all bytes after them.

    `rows`, `begins` and `ends` (bytes in the file) are by group, `sizes` (compressed bytes) by
    group and column, `hashes` of the bytes and `names` by group.
    """

    columns: tuple[str, ...]
    rows: Int64s
    begins: Int64s
    ends: Int64s
    sizes: Int64s
    hashes: tuple[str, ...]
    names: tuple[str, ...]
    footer: str

    def first_rows(self) -> Int64s:
        """Return the first row of each group, and the number of all rows."""
        return np.concatenate(([0], np.cumsum(self.rows)))

    def bytes_of(self, group: int, columns: frozenset[str]) -> int:
        """Return the compressed bytes of some columns of a group."""
        wanted = [at for at, name in enumerate(self.columns) if name in columns]
        return int(self.sizes[group, wanted].sum())

    def check_footer(self, path: Path, what: str) -> None:
        """Raise CorruptError, naming `what`, when the footer is not the one that was indexed."""
        begin = int(self.ends.max(initial=0))
        if bytes_digest(_bytes(path, begin, path.stat().st_size)) != self.footer:
            raise _corrupt(what)

    def check(self, path: Path, group: int, what: str) -> None:
        """Raise CorruptError, naming `what`, when a group's bytes are not those indexed."""
        held = _bytes(path, int(self.begins[group]), int(self.ends[group]))
        if bytes_digest(held) != self.hashes[group]:
            raise _corrupt(what)

    def encode(self) -> bytes:
        """Return the bytes of the index."""
        arrays = {name: _text(getattr(self, name)) for name in ("rows", "begins", "ends", "sizes")}
        texts = {name: getattr(self, name) for name in ("columns", "hashes", "names", "footer")}
        return json.dumps(arrays | texts).encode()

    @classmethod
    def decode(cls, data: bytes) -> GroupIndex:
        """Return the index that `encode` wrote."""
        held: dict[str, Any] = json.loads(data)
        rows, begins, ends, sizes = (
            np.frombuffer(b64decode(held[name]), "<i8")
            for name in ("rows", "begins", "ends", "sizes")
        )
        columns, hashes, names = (tuple(held[name]) for name in ("columns", "hashes", "names"))
        shaped = sizes.reshape(rows.size, len(columns))
        return cls(columns, rows, begins, ends, shaped, hashes, names, held["footer"])


def group_index(path: Path, file: pq.ParquetFile) -> GroupIndex:
    """Return the index of a Parquet file, all of whose bytes are read for it."""
    found = file.metadata
    groups = [found.row_group(at) for at in range(found.num_row_groups)]
    placed = [list(_columns(group, file.schema_arrow.names)) for group in groups]
    begins = np.array([min(c[0] for c in some) for some in placed], np.int64)
    ends = np.array([max(c[0] + c[1] for c in some) for some in placed], np.int64)
    columns = tuple(dict.fromkeys(c[2] for some in placed[:1] for c in some))
    sizes = np.zeros((len(groups), len(columns)), np.int64)
    for at, some in enumerate(placed):
        for _, size, name, _ in some:
            sizes[at, columns.index(name)] += size
    spans = zip(begins.tolist(), ends.tolist(), strict=True)
    hashes = tuple(bytes_digest(_bytes(path, *span)) for span in spans)
    schema = f"{file.schema_arrow}{_without_address(file.schema)}"
    names = tuple(
        digest("group/1", hashes[at], schema, group.num_rows, *_told(placed[at], int(begins[at])))
        for at, group in enumerate(groups)
    )
    footer = bytes_digest(_bytes(path, int(ends.max(initial=0)), path.stat().st_size))
    rows = np.array([group.num_rows for group in groups], np.int64)
    return GroupIndex(columns, rows, begins, ends, sizes, hashes, names, footer)


def kept_index(store: Store, file_digest: str) -> GroupIndex | None:
    """Return the index of the file with this byte digest, None of one that was not indexed."""
    key = _key(file_digest)
    return understood(store, [key], GroupIndex.decode).get(key)


def keep_index(store: Store, file_digest: str, index: GroupIndex) -> None:
    """Remember the index of the file with this byte digest."""
    store.put(_key(file_digest), index.encode())


def _without_address(schema: pq.ParquetSchema) -> str:
    """Return what is printed of a schema, less its first line: where the object lies."""
    return str(schema).partition("\n")[2]


def _key(file_digest: str) -> str:
    return digest("groups/1", file_digest)


def _columns(group: pq.RowGroupMetaData, names: list[str]) -> Iterator[tuple[int, int, str, str]]:
    """Yield of each column of a group: first byte, bytes, name, and how they are to be decoded."""
    for at in range(group.num_columns):
        column = group.column(at)
        begin, dictionary = column.data_page_offset, column.dictionary_page_offset
        first = begin if dictionary is None or not 0 < dictionary < begin else dictionary
        coded = column.physical_type, column.compression, column.encodings, column.num_values
        name = column_of(column.path_in_schema, names)
        yield first, column.total_compressed_size, name, f"{begin - first} {coded}"


def _told(placed: list[tuple[int, int, str, str]], begin: int) -> Iterator[str]:
    """Yield what the footer says of a group's columns, wherever in the file the group lies."""
    for first, size, name, coded in placed:
        yield f"{first - begin} {size} {name} {coded}"


def _bytes(path: Path, begin: int, end: int) -> bytes:
    with path.open("rb") as file:
        file.seek(begin)
        return file.read(end - begin)


def _text(array: Int64s) -> str:
    return b64encode(array.astype("<i8").tobytes()).decode()


def _corrupt(what: str) -> CorruptError:
    return CorruptError(f"{what} does not hold the bytes of its name: restore it")
