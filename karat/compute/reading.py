"""One Parquet file of a lake, read only when a column is asked for, and what was read of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.parquet as pq

from karat.errors import InputError
from karat.lake import CommitId, Lake
from karat.lake.protocol import ObjectInfo


@dataclass
class Reading:
    """A file at a commit. Columns are read once, verified against the digest, and kept.

    `bytes_read` counts the compressed bytes of the columns that were decoded.
    """

    lake: Lake
    commit: CommitId
    path: str
    bytes_read: int = 0
    _info: ObjectInfo | None = None
    _names: list[str] = field(default_factory=list)
    _columns: dict[str, pa.ChunkedArray] = field(default_factory=dict)

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
        path = self.lake.local_path(self.commit, self.path)
        try:
            with pq.ParquetFile(path) as file:
                self._names = file.schema_arrow.names
                wanted = self._named(self._names if columns is None else columns)
                table = file.read(columns=wanted)
                self.bytes_read += _compressed(file.metadata, set(wanted))
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{self.path}: not a readable Parquet file ({error})") from error
        self._columns |= {name: table[name] for name in wanted}

    def _named(self, columns: Sequence[str]) -> list[str]:
        for name in columns:
            if (times := self._names.count(name)) != 1:
                why = "is missing" if not times else f"is there {times} times"
                have = ", ".join(self._names)
                raise InputError(f"{self.path}: column {name!r} {why}; have {have}")
        return [name for name in dict.fromkeys(columns) if name not in self._columns]


def _compressed(metadata: pq.FileMetaData, names: set[str]) -> int:
    groups = (metadata.row_group(at) for at in range(metadata.num_row_groups))
    chunks = (group.column(at) for group in groups for at in range(group.num_columns))
    return sum(c.total_compressed_size for c in chunks if c.path_in_schema.split(".")[0] in names)
