"""One Parquet file of a lake, read only when a column is asked for, and what was read of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from karat.compute.file_rows import FileRows, compressed, named
from karat.compute.row_groups import kept_index
from karat.compute.row_stream import arrow_helps
from karat.errors import InputError
from karat.lake import CommitId, Lake
from karat.lake.protocol import ObjectInfo
from karat.messages.borders import CUT, Cut
from karat.store import Store


@dataclass
class Reading:
    """A file at a commit. Columns are read once, verified against the digest, and kept.

    `cut` says into which chunks the file falls; what is read by chunks is not kept.
    """

    lake: Lake
    commit: CommitId
    path: str
    cut: Cut = CUT
    _whole_bytes: int = 0
    _info: ObjectInfo | None = None
    _names: list[str] = field(default_factory=list)
    _columns: dict[str, pa.ChunkedArray] = field(default_factory=dict)
    _rows: FileRows | None = None

    @property
    def info(self) -> ObjectInfo:
        """Return what the lake says of the file; ObjectNotFound."""
        if self._info is None:
            self._info = self.lake.stat(self.commit, self.path)
        return self._info

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the file's bytes, as the commit names it."""
        return self.info.content_hash

    @property
    def bytes_read(self) -> int:
        """Return the compressed bytes of the columns that were decoded."""
        return self._whole_bytes + (self._rows.bytes_read if self._rows else 0)

    def rows(self, store: Store) -> FileRows:
        """Return the file as rows to be streamed.

        Where `store` has the index of its row groups, each group is verified before it is
        decoded, else the whole file is, now. Raises CorruptError as `table`.
        """
        if self._rows is None:
            index = kept_index(store, self.digest)
            path = self.lake.local_path(self.commit, self.path, verify=index is None)
            self._rows = FileRows(path, self.path, index, proved=index is None)
        return self._rows

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return `columns`, or all in the file's order, as a table.

        Raises CorruptError when the bytes are not those the commit names, InputError when they
        are not Parquet, or a column is missing or there twice.
        """
        if columns is None or any(name not in self._columns for name in columns):
            self._read(columns)
        chosen = self._names if columns is None else columns
        return pa.table({name: self._columns[name] for name in chosen})

    def forget(self) -> None:
        """Let go of the columns; they are read again when asked for again."""
        self._columns.clear()

    def _read(self, columns: Sequence[str] | None) -> None:
        """Read those of `columns`, or of all, that are not here yet."""
        rows = self._rows
        if rows is None or not rows.proved:
            rows = FileRows(self.lake.local_path(self.commit, self.path), self.path, proved=True)
        with rows.opened() as file:
            self._names = file.schema_arrow.names
            wanted = [n for n in named(self._names, columns, self.path) if n not in self._columns]
            try:
                table = file.read(columns=wanted, use_threads=arrow_helps())
            except (pa.ArrowException, OSError) as error:
                raise InputError(f"{self.path}: not a readable Parquet file ({error})") from error
            groups = range(file.metadata.num_row_groups)
            self._whole_bytes += compressed(file, groups, frozenset(wanted))
        self._columns |= {name: table[name] for name in wanted}
