"""A partition of book events, and how its contract is met by one pass or by a query engine."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import combinations, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.judged_days import INSTRUMENT, shipped
from karat.compute import table_content
from karat.contracts import Measure, measures, observed
from karat.golden import GoldenManifest, distance_measures, manifest_of
from karat.messages.rebuilding import CODES, ROW_GROUP
from karat.simulation import simulated_days
from karat.verdicts.table_sample import TableSample

REFERENCE, MESSAGES, SEED = 2, 500_000, 5
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
        return list(mapped(self.group, self.groups))

    def proved(self, mapped: Callable[..., Iterable[Any]] = map) -> Found:
        """Read the columns, name them and make every state, a row group at a time."""
        parts = list(mapped(self._proved, self.groups))
        return [part[0] for part in parts], self._whole([part[1] for part in parts])

    def threaded(self, pool: Executor, threads: int = 2) -> Found:
        """Do the same on so many threads: row groups are shared, then columns not yet named."""
        shared = _Shared(self)
        deque(pool.map(shared.work, range(threads)), maxlen=0)
        names = [[shared.names[at, column] for column in self.columns] for at in self.groups]
        return names, self._whole([shared.states[at] for at in self.groups])

    def measured(self) -> list[Any]:
        """Read the columns and make every state, without naming the columns."""
        return self._whole([self.states(self.group(at)) for at in self.groups])

    def states(self, table: pa.Table) -> list[Any]:
        """Return the state of each measure."""
        return list(observed(table, self.asked))

    def group(self, at: int) -> pa.Table:
        """Read the columns of one row group."""
        with pq.ParquetFile(self.path, metadata=self.footer) as file:
            return file.read_row_group(at, self.columns, use_threads=False)

    def _proved(self, at: int) -> tuple[list[str], list[Any]]:
        table = self.group(at)
        return list(table_content(table).columns.values()), self.states(table)

    def _whole(self, parts: list[list[Any]]) -> list[Any]:
        return [self._merged(one, [p[at] for p in parts]) for at, one in enumerate(self.asked)]

    @staticmethod
    def _merged(measure: Measure, states: list[Any]) -> Any:
        whole = states[0]
        for state in states[1:]:
            whole = measure.statistic.merge(whole, state)
        return whole


@dataclass
class _Shared:
    """Row groups and columns that threads take from each other; of groups one a thread is held."""

    day: Day
    states: dict[int, list[Any]] = field(default_factory=dict)
    names: dict[tuple[int, str], str] = field(default_factory=dict)
    unnamed: deque[Callable[[], None]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.left = iter(self.day.groups)

    def work(self, _: int) -> None:
        """Read a row group, make its states, and name columns of any group; then the next."""
        for at in self.left:
            table = self.day.group(at)
            self.unnamed += (partial(self._name, at, table, one) for one in self.day.columns)
            self.states[at] = self.day.states(table)
            del table
            self._name_all()
        self._name_all()

    def _name_all(self) -> None:
        while self.unnamed:
            try:
                name = self.unnamed.popleft()
            except IndexError:  # another thread took the last one
                return
            name()

    def _name(self, at: int, table: pa.Table, column: str) -> None:
        self.names[at, column] = table_content(table.select([column])).columns[column]


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
