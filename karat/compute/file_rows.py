"""One Parquet file whose rows are streamed, group by group proved where the file as a whole is not.

What was decoded is counted: `bytes_read` are the compressed bytes of the columns looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import pyarrow as pa
import pyarrow.parquet as pq

from karat.compute.leaf_column import column_of
from karat.compute.row_groups import GroupIndex, group_index
from karat.compute.row_stream import RowStream, arrow_helps
from karat.errors import InputError
from karat.messages.file_name import utf8_name


@dataclass
class FileRows:
    """The file at `path`, called `what`; with `proved`, its bytes are known to be the right ones.

    Else `index` says what the bytes of each group are, and a group is hashed before it is decoded.
    Several threads may read at once, each its own stream.
    """

    path: Path
    what: str
    index: GroupIndex | None = None
    proved: bool = False
    bytes_read: int = 0
    _metadata: pq.FileMetaData | None = None
    _checked: set[int] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    @contextmanager
    def opened(self) -> Iterator[pq.ParquetFile]:
        """Open the file; InputError when it is not Parquet, CorruptError when it is another one."""
        try:
            if self._metadata is None and self.index and not self.proved:
                self.index.check_footer(self.path, self.what)
            known = self._metadata
            file = pq.ParquetFile(utf8_name(self.path), metadata=known, pre_buffer=arrow_helps())
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{self.what}: not a readable Parquet file ({error})") from error
        with file:
            self._metadata = file.metadata
            yield file

    @property
    def count(self) -> int:
        """Return the number of rows, as the footer tells it; errors as `opened`."""
        if self._metadata is None:
            with self.opened():
                pass
        return int(self._metadata.num_rows) if self._metadata else 0

    @contextmanager
    def stream(self, columns: Sequence[str] | None = None) -> Iterator[RowStream]:
        """Open a stream of `columns`, or of all; InputError for one missing or there twice."""
        with self.opened() as file:
            wanted = named(file.schema_arrow.names, columns, self.what)
            chosen = frozenset(wanted)

            def count(group: int) -> None:
                self._count(file, group, chosen)

            yield RowStream(file, wanted, self.what, count)

    def indexed(self) -> GroupIndex:
        """Return the index of the row groups; made now, of all bytes, if it is not known."""
        if self.index is None:
            with self.opened() as file:
                self.index = group_index(self.path, file)
        return self.index

    def _count(self, file: pq.ParquetFile, group: int, columns: frozenset[str]) -> None:
        """Prove a group where that was not done yet, and count what is decoded of it."""
        index = self.index
        if index and not self.proved and group not in self._checked:
            index.check(self.path, group, self.what)
            self._checked.add(group)
        size = index.bytes_of(group, columns) if index else compressed(file, [group], columns)
        with self._lock:
            self.bytes_read += size


def named(have: Sequence[str], columns: Sequence[str] | None, what: str) -> list[str]:
    """Return `columns`, or all, each once; InputError for one missing or there twice."""
    wanted = list(dict.fromkeys(have if columns is None else columns))
    for name in wanted:
        if (times := have.count(name)) != 1:
            why = "is missing" if not times else f"is there {times} times"
            raise InputError(f"{what}: column {name!r} {why}; have {', '.join(have)}")
    return wanted


def compressed(file: pq.ParquetFile, groups: Sequence[int], names: frozenset[str]) -> int:
    """Return the compressed bytes of some columns in some groups, as the footer tells them."""
    some = (file.metadata.row_group(at) for at in groups)
    chunks = (group.column(at) for group in some for at in range(group.num_columns))
    have = file.schema_arrow.names
    return sum(
        c.total_compressed_size for c in chunks if column_of(c.path_in_schema, have) in names
    )
