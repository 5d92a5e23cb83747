"""The reader: rows of a training dataset, none before the bytes that hold it are hashed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from karat.compute import file_content
from karat.dataset.in_notebook import notebook_table
from karat.dataset.manifest import Entry, Manifest
from karat.dataset.proof import refuse_unless_proved
from karat.dataset.split import Part
from karat.errors import CorruptError, InputError, ObjectNotFound
from karat.lake import CommitId, Lake
from karat.messages.file_name import utf8_name
from karat.telemetry import Clock, now_s
from karat.verdicts import Ledger

BATCH_ROWS = 1 << 16


@dataclass(frozen=True)
class Dataset:
    """A proved dataset at the commit of its tag; each partition's bytes are hashed when read.

    `part` is what is read of one that was cut with a split: None for all of it.
    """

    lake: Lake
    commit: CommitId
    manifest: Manifest
    part: Part | None = None
    clock: Clock = now_s

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Return what is read, in the manifest's order."""
        return self.manifest.of(self.part)

    def _repr_html_(self) -> str:
        """Return a table of what is read, as notebooks show it."""
        return notebook_table(self.manifest, self.part)

    @property
    def partitions(self) -> list[str]:
        """Return the names of all partitions that are read, in the manifest's order."""
        return [entry.partition for entry in self.entries]

    def batches(
        self, columns: list[str] | None = None, *, rows: int = BATCH_ROWS
    ) -> Iterator[pa.RecordBatch]:
        """Yield all rows in order, at most `rows` at a time, partition after partition.

        Raises CorruptError before the first row of a partition whose bytes are not the proved
        ones, InputError for a column that is not there.
        """
        for entry in self.entries:
            with pq.ParquetFile(utf8_name(self.file(entry))) as file:
                have = file.schema_arrow.names
                if absent := [name for name in columns or () if name not in have]:
                    raise InputError(
                        f"{entry.path}: no column {absent[0]!r}; have {', '.join(have)}"
                    )
                yield from file.iter_batches(rows, columns=columns)

    def verify(self) -> Iterator[Entry]:
        """Verify every verdict, then hash every byte and every column; yield each that is proved.

        Raises DatasetRefused where the ledger does not speak for one, CorruptError at the first
        whose bytes or values are others.
        """
        ledger = Ledger(self.lake, whole=True)
        refuse_unless_proved(ledger, self.commit, self.manifest, self.entries, self.clock())
        for entry in self.entries:
            content = file_content(self.file(entry), what=entry.path)
            if content.digest != entry.content:
                raise CorruptError(f"{entry.path}: holds other values than its verdict speaks of")
            yield entry

    def file(self, entry: Entry) -> Path:
        """Return a partition's file; CorruptError naming it when it is not what was proved."""
        try:
            held = self.lake.stat(self.commit, entry.path).content_hash
            file = self.lake.local_path(self.commit, entry.path)
        except CorruptError as error:
            raise type(error)(f"{entry.partition}: {error}") from error
        except ObjectNotFound as error:
            raise CorruptError(f"{entry.partition}: {error}") from error
        if held != entry.object:
            raise CorruptError(f"{entry.partition}: {entry.path} has other bytes than the manifest")
        return file
