"""A partition of a lake as a golden sample: its file is read for one column at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from karat.compute import Content, Reading, partition_content, state_of
from karat.contracts import Measure
from karat.lake.layout import Partition
from karat.store import Store


@dataclass(frozen=True)
class LakeSample:
    """`partition` as `reading` holds it; states are found in `store` or computed and kept."""

    partition: Partition
    reading: Reading
    store: Store
    stratum: str = ""

    @property
    def name(self) -> str:
        """The partition's name."""
        return str(self.partition)

    @property
    def group(self) -> str:
        """The partition itself: days are exchangeable."""
        return self.name

    @cached_property
    def held(self) -> Content:
        """The digests of the columns."""
        found = partition_content(self.reading, self.store)
        self.reading.forget()
        return found

    @property
    def content(self) -> str:
        """Digest of the rows."""
        return self.held.digest

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.held.rows

    def select(self, measure: Measure) -> list[Any]:
        """Return the columns a measure looks at, and keep none of them."""
        columns = measure.select(self.reading.table(measure.reads()))
        self.reading.forget()
        return columns

    def state(self, measure: Measure) -> Any:
        """Return the state of a measure."""
        state = state_of(measure, self.held, self.reading, self.store)
        self.reading.forget()
        return state
