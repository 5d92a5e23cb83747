"""A Parquet file of anybody's as a sample: read for one measure at a time, and nothing is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from karat.compute import Content, file_content
from karat.contracts import Measure, observed
from karat.errors import InputError
from karat.messages.file_name import utf8_name


@dataclass(frozen=True)
class FileSample:
    """The file at `path`, called `name`; each file is a group of its own."""

    name: str
    path: Path
    stratum: str = ""

    @property
    def group(self) -> str:
        """The file itself: days are exchangeable."""
        return self.name

    @cached_property
    def held(self) -> Content:
        """The digests, types and nulls of its columns; InputError when the file cannot be read."""
        return file_content(self.path)

    @property
    def content(self) -> str:
        """Digest of the columns' names and values, whatever the file's encoding."""
        return self.held.digest

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.held.rows

    def select(self, measure: Measure) -> list[Any]:
        """Return the columns a measure looks at, of the rows it is about."""
        return measure.select(self._read(measure.reads()))

    def state(self, measure: Measure) -> Any:
        """Return the state of a measure, computed each time."""
        return measure.observe(self._read(measure.reads()))

    def states(self, asked: Sequence[Measure]) -> list[Any]:
        """Return the state of each measure, computed each time of columns that are read once."""
        columns = dict.fromkeys(name for measure in asked for name in measure.reads())
        return list(observed(self._read([*columns]), asked))

    def _read(self, columns: Sequence[str]) -> pa.Table:
        try:
            with pq.ParquetFile(utf8_name(self.path)) as file:
                have = file.schema_arrow.names
                if lacking := [name for name in columns if have.count(name) != 1]:
                    why = f"column {lacking[0]!r} is missing or there twice; have {', '.join(have)}"
                    raise InputError(f"{self.path}: {why}")
                return file.read(columns=list(columns))
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{self.path}: not a readable Parquet file ({error})") from error
