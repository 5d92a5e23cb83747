"""What a trainer reads: the steps of a proved dataset, mapped, shuffled, dealt, and resumed."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from karat.contracts import Contract, EpisodesRule
from karat.dataset.epoch_order import EpochOrder
from karat.dataset.manifest import Entry
from karat.dataset.mapped_steps import MappedSteps, batch_count
from karat.dataset.reader import Dataset
from karat.dataset.step_cache import Beside, cache_name, make
from karat.dataset.step_tables import step_table
from karat.dataset.steps import Steps
from karat.errors import CorruptError, DatasetRefused, InputError
from karat.messages.ahead import ahead

ROWS = 1024
KEPT = 256
"""Files that stay mapped: to map one anew takes longer than to read it."""
State = tuple[int, int]


@dataclass(frozen=True)
class Source:
    """A partition, its file in the cache, and where that comes from (None: it is there)."""

    partition: str
    file: Path
    beside: Beside | None
    proved: Callable[[], Path] | None = None


@dataclass(frozen=True)
class TrainingSteps:
    """The steps of partitions under an `EpisodesRule`, each file hashed once before its first one.

    A file that was hashed is not hashed again by this object, unless its size or time changed.
    """

    rule: EpisodesRule
    sources: tuple[Source, ...]
    _hashed: dict[int, tuple[State, MappedSteps | None]] = field(
        default_factory=dict, compare=False
    )

    @property
    def partitions(self) -> list[str]:
        """Return the names of the partitions, in the manifest's order."""
        return [source.partition for source in self.sources]

    def settled(self) -> TrainingSteps:
        """Return the same with every file made, which needs no lake and may be sent elsewhere.

        Raises as `batches`.
        """
        made = [
            replace(one, beside=self._made(at), proved=None) for at, one in enumerate(self.sources)
        ]
        return TrainingSteps(self.rule, tuple(made))

    def count(self) -> int:
        """Return the number of steps; files that are not there are made."""
        return sum(self.counts())

    def counts(self) -> list[int]:
        """Return the number of steps of each partition; files that are not there are made."""
        return [self._made(at).steps for at in range(len(self.sources))]

    def batch_count(self, order: EpochOrder) -> int:
        """Return how many batches a worker reads in an epoch; errors as `batches`."""
        counts = enumerate(self.counts())
        return sum(len(order.batches(at, batch_count(n, order.rows))) for at, n in counts)

    def mapped(self, number: int) -> MappedSteps:
        """Return the steps of a partition, by its place; errors as `batches`."""
        source, beside = self.sources[number], self._made(number)
        state = _state(source.file)
        known, mapped = self._hashed.get(number, (None, None))
        if mapped is None or known != state:
            mapped = _mapped(source)
            if known != state:
                mapped.check(beside, source.partition)
        self._hashed[number] = state, mapped
        if len(kept := [at for at, (_, one) in self._hashed.items() if one]) > KEPT:
            self._hashed[kept[0]] = self._hashed[kept[0]][0], None
        return mapped

    def batches(
        self,
        rows: int = ROWS,
        *,
        seed: int | None = None,
        epoch: int = 0,
        position: int = 0,
        rank: int = 0,
        world: int = 1,
    ) -> Generator[Steps, None, None]:
        """Yield this worker's batches of an epoch from the `position`-th on, of at most `rows`.

        The same numbers give the same batches. A thread hashes the next partition while this one
        is read. Raises CorruptError before the first step of a partition whose bytes are not the
        proved ones, InputError for rows that are no steps.
        """
        order = EpochOrder(rows, seed, epoch, rank, world)
        if position < 0:
            raise InputError(f"position {position}: batches are counted from 0")
        with closing(ahead(self._opened(order, position))) as opened:
            for steps, numbers in opened:
                for number in numbers:
                    yield steps.batch(number, rows)

    def tables(self, rows: int = ROWS, **which: Any) -> Iterator[pa.Table]:
        """Yield the same as tables with the contract's columns, for Arrow and pandas."""
        with closing(self.batches(rows, **which)) as batches:
            for steps in batches:
                yield step_table(self.rule, steps)

    def _opened(
        self, order: EpochOrder, position: int
    ) -> Generator[tuple[MappedSteps, list[int]], None, None]:
        for at in order.partitions(len(self.sources)):
            mine = order.batches(at, batch_count(self._made(at).steps, order.rows))
            left, position = mine[position:], max(position - len(mine), 0)
            if left:
                yield self.mapped(at), left

    def _made(self, number: int) -> Beside:
        source = self.sources[number]
        if source.beside is not None or source.proved is None:
            return source.beside or Beside("", 0)
        return make(source.file, self.rule, source.proved, source.partition)


def _mapped(source: Source) -> MappedSteps:
    try:
        return MappedSteps(source.file)
    except OSError as error:
        raise CorruptError(
            f"{source.partition}: {source.file} is gone or empty: open the dataset again"
        ) from error


def _state(file: Path) -> State:
    try:
        found = file.stat()
    except FileNotFoundError:
        return -1, -1
    return found.st_size, found.st_mtime_ns


def training_steps(dataset: Dataset, contract: Contract, cache: Path) -> TrainingSteps:
    """Return the steps of an open dataset, with files for training in the folder `cache`.

    `contract` is the one its partitions were proved under: its `episodes` say what a step is.
    Raises DatasetRefused for another contract, InputError for one without episodes.
    """
    if contract.digest != dataset.manifest.contract:
        raise DatasetRefused(
            f"{dataset.manifest.name}@{dataset.manifest.version} was proved under the contract "
            f"{dataset.manifest.contract[:12]}, not under {contract.digest[:12]}: give that one"
        )
    rule = contract.episodes
    if rule is None:
        raise InputError(
            f"the contract of {contract.dataset} has no `episodes`: say what steps are"
        )

    def source(entry: Entry) -> Source:
        file = cache / cache_name(entry.object, rule)
        return Source(entry.partition, file, None, lambda: dataset.file(entry))

    return TrainingSteps(rule, tuple(map(source, dataset.entries)))
