"""Rows of a Parquet file in their order, stretch after stretch, decoded once and kept by nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from karat.errors import InputError

BATCH_ROWS = 1 << 17


def arrow_helps() -> bool:
    """Return whether Arrow is to decode in threads of its own.

    One alone is no help: it and the thread that asks would wait for each other, column by column.
    """
    return bool(pa.cpu_count() > 1)


class RowStream:
    """Gives stretches of `columns` that are asked for from first to last; groups between, no.

    `opened` is called with a row group before any of it is decoded. In memory are the stretch and
    a few batches, however large a group is.
    """

    def __init__(
        self,
        file: pq.ParquetFile,
        columns: Sequence[str],
        what: str,
        opened: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._file = file
        self._columns = list(columns)
        self._what = what
        self._opened = opened
        self._group = 0
        self._at = 0
        self._left: list[pa.RecordBatch] = []
        self._batches: Iterator[pa.RecordBatch] = iter(())
        schema = file.schema_arrow
        self._schema = pa.schema([schema.field(name) for name in self._columns])

    def rows(self, first: int, stop: int) -> pa.Table:
        """Return the rows from `first` to before `stop`; `first` is not before the last `stop`.

        Raises InputError where the bytes cannot be decoded.
        """
        try:
            parts = list(self._parts(first, stop))
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{self._what}: not a readable Parquet file ({error})") from error
        return pa.Table.from_batches(parts, self._schema)

    def _parts(self, first: int, stop: int) -> Iterator[pa.RecordBatch]:
        while self._at < stop:
            batch = self._next(first)
            begin = max(first - self._at, 0)
            end = min(stop - self._at, batch.num_rows)
            if begin < end:
                yield batch.slice(begin, end - begin)
            if end < batch.num_rows:
                self._left.append(batch.slice(end))
            self._at += min(end, batch.num_rows)

    def _next(self, first: int) -> pa.RecordBatch:
        """Return the batch that begins at the row the stream is at, or at the group of `first`."""
        if self._left:
            return self._left.pop()
        while (batch := next(self._batches, None)) is None:
            self._open(first)
        return batch

    def _open(self, first: int) -> None:
        """Begin the next row group that does not end before `first`."""
        metadata = self._file.metadata
        while self._at + (rows := metadata.row_group(self._group).num_rows) <= first:
            self._at, self._group = self._at + rows, self._group + 1
        self._opened(self._group)
        self._batches = self._file.iter_batches(
            BATCH_ROWS, [self._group], self._columns, use_threads=arrow_helps()
        )
        self._group += 1
