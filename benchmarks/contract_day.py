"""A partition of book events, and how its contract is met by one pass or by a query engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.judged_days import INSTRUMENT, shipped
from karat.compute import table_content
from karat.contracts import Measure, measures, observed
from karat.golden import GoldenManifest, distance_measures, manifest_of
from karat.messages.rebuilding import CODES
from karat.simulation import simulated_days
from karat.verdicts.table_sample import TableSample

REFERENCE, MESSAGES, SEED = 2, 500_000, 5
ROW_GROUP = 1 << 19
"""Rows of a row group: several a file, so that threads have something to share."""

Found = tuple[list[list[str]], list[Any]]


@dataclass(frozen=True)
class Day:
    """A partition as our writer makes it, and what its contract asks of it.

    Golden are the days before it; all distances of the contract are measured from them.
    """

    path: Path
    asked: tuple[Measure, ...]
    golden: GoldenManifest

    @classmethod
    def write(cls, folder: Path, messages: int = MESSAGES) -> Day:
        """Simulate golden days and one more, and write this one."""
        days = simulated_days(INSTRUMENT, REFERENCE + 1, seed=SEED, messages_per_day=messages)
        golden = [TableSample(str(day.date), day.events) for day in islice(days, REFERENCE)]
        manifest = manifest_of(shipped(), golden, [])
        held = manifest.usable(shipped())
        (day,) = days
        path = folder / "book_events.parquet"
        pq.write_table(
            day.events,
            path,
            compression="zstd",
            compression_level=3,
            use_dictionary=CODES,
            row_group_size=ROW_GROUP,
        )
        asked = *measures(shipped()), *distance_measures(held, shipped())
        return cls(path, asked, manifest)

    @cached_property
    def footer(self) -> pq.FileMetaData:
        """What the file says of itself, read once for ours and the rival's alike."""
        return pq.read_metadata(self.path)

    @property
    def rows(self) -> int:
        """Rows of the partition."""
        return int(self.footer.num_rows)

    @property
    def groups(self) -> range:
        """Its row groups."""
        return range(self.footer.num_row_groups)

    @cached_property
    def columns(self) -> list[str]:
        """The columns that are looked at."""
        return list(dict.fromkeys(name for one in self.asked for name in one.reads()))

    def fewer(self, columns: int) -> Day:
        """Return the same day, of so many columns that allow the most to be measured."""

        def measured(names: tuple[str, ...]) -> tuple[Measure, ...]:
            return tuple(one for one in self.asked if set(one.reads()) <= set(names))

        best = max(
            combinations(sorted(self.columns), columns), key=lambda some: len(measured(some))
        )
        return replace(self, asked=measured(best))

    def only(self, names: Iterable[tuple[str, str]]) -> Day:
        """Return the same day with the measures of these families and names alone."""
        wanted = set(names)
        asked = tuple(one for one in self.asked if (one.family, one.name) in wanted)
        return replace(self, asked=asked)

    def read(self) -> pa.Table:
        """Read the columns and do nothing with them."""
        with pq.ParquetFile(self.path, metadata=self.footer) as file:
            return file.read(self.columns, use_threads=False)

    def by_group(self, mapped: Callable[..., Iterable[Any]] = map) -> list[pa.Table]:
        """Read the columns a row group at a time, and do nothing with them."""
        return list(mapped(self._group, self.groups))

    def proved(self, mapped: Callable[..., Iterable[Any]] = map) -> Found:
        """Read the columns, name them and make every state, a row group at a time."""
        parts = list(mapped(self._proved, self.groups))
        states = [part[1] for part in parts]
        return [part[0] for part in parts], [
            self._merged(one, [some[at] for some in states]) for at, one in enumerate(self.asked)
        ]

    def threaded(self, pool: Executor) -> Found:
        """Do the same with a thread for each row group that the pool has room for."""
        return self.proved(pool.map)

    def measured(self) -> list[Any]:
        """Read the columns and make every state, without naming the columns."""
        parts = [list(observed(self._group(at), self.asked)) for at in self.groups]
        return [self._merged(one, [p[at] for p in parts]) for at, one in enumerate(self.asked)]

    def _group(self, at: int) -> pa.Table:
        with pq.ParquetFile(self.path, metadata=self.footer) as file:
            return file.read_row_group(at, self.columns, use_threads=False)

    def _proved(self, at: int) -> tuple[list[str], list[Any]]:
        table = self._group(at)
        names = list(table_content(table).columns.values())
        return names, list(observed(table, self.asked))

    @staticmethod
    def _merged(measure: Measure, states: list[Any]) -> Any:
        whole = states[0]
        for state in states[1:]:
            whole = measure.statistic.merge(whole, state)
        return whole


@contextmanager
def one_thread() -> Iterator[None]:
    """Let Arrow use one thread for computing and one for reading."""
    before = pa.cpu_count(), pa.io_thread_count()
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    try:
        yield
    finally:
        pa.set_cpu_count(before[0])
        pa.set_io_thread_count(before[1])
