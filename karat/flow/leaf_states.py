"""The states of judged partitions, as leaves of a tree: kept, or made of a file that is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from karat.compute import Content, Reading, partition_content, state_of
from karat.compute.content import kept_contents
from karat.compute.state_store import kept_states
from karat.contracts import Measure
from karat.flow.file_names import file_digests
from karat.flow.judged import Trial
from karat.flow.remembered import Remembered
from karat.lake.layout import Partition, dataset_path
from karat.store import MemoryStore
from karat.tree import Key, Tree, fold


class Leaf(Protocol):
    """A partition as it is one of many: its rows, and what it holds."""

    @property
    def partition(self) -> Partition:
        """Return which one it is."""

    @property
    def rows(self) -> int:
        """Return how many rows it has."""

    @property
    def digest(self) -> str:
        """Return the name of its content."""

    @property
    def content(self) -> Content:
        """Return what it holds."""


@dataclass
class LeafStates:
    """Partitions by where they stand in the tree; a file is read where no state of it is kept."""

    trial: Trial
    judged: Mapping[Key, Leaf]
    readings: dict[Partition, Reading] = field(default_factory=dict)

    def merged(self, measure: Measure, tree: Tree) -> Any:
        """Return the state of all partitions."""
        return fold(tree, measure.statistic, partial(self.states, measure), self.trial.store)

    def known(self, measure: Measure, tree: Tree) -> tuple[Any] | None:
        """Return the state of all partitions from kept ones alone; None where one is not kept.

        Nothing is written.
        """
        known = dict(zip(self.judged, self.kept(measure, list(self.judged)), strict=True))
        if not all(known.values()):
            return None

        def states(keys: Sequence[Key]) -> list[Any]:
            return [state[0] for key in keys if (state := known[key])]

        return (fold(tree, measure.statistic, states, MemoryStore()),)

    def states(self, measure: Measure, keys: Sequence[Key]) -> list[Any]:
        """Return the states of partitions, read where none is kept."""
        held = zip(keys, self.kept(measure, keys), strict=True)
        return [state[0] if state else self.made(measure, key) for key, state in held]

    def kept(self, measure: Measure, keys: Sequence[Key]) -> list[tuple[Any] | None]:
        """Return the states of partitions that are kept, by one look for all."""
        some = [self.judged[key] for key in keys]
        contents = self._contents([one for one in some if isinstance(one, Remembered)])
        contents |= {o.partition: o.content for o in some if not isinstance(o, Remembered)}
        names = {one: measure.state_key(held.columns) for one, held in contents.items()}
        known = kept_states([measure] * len(names), list(names.values()), self.trial.store)
        found = dict(zip(names, known, strict=True))
        return [found.get(one.partition) for one in some]

    def _contents(self, some: Sequence[Remembered]) -> dict[Partition, Content]:
        """Return what partitions hold, of those of which it is kept."""
        dataset = self.trial.contract.dataset

        def path(instrument: str, date: str) -> str:
            return dataset_path(dataset, instrument, date)

        names = file_digests(self.trial.lake, self.trial.commit, path, [o.partition for o in some])
        held = kept_contents(self.trial.store, names.values())
        return {one: held[name] for one, name in names.items() if name in held}

    def made(self, measure: Measure, key: Key) -> Any:
        """Return the state of a partition, for which its columns are read."""
        one = self.judged[key]
        if one.partition not in self.readings:  # one of each, for columns are read once
            place = one.partition.instrument, one.partition.date
            path = dataset_path(self.trial.contract.dataset, *place)
            self.readings[one.partition] = Reading(self.trial.lake, self.trial.commit, path)
        reading, store = self.readings[one.partition], self.trial.store
        few = one.rows < reading.cut.many
        content = one.content if few else partition_content(reading, store)
        return state_of(measure, content, reading, store)

    @property
    def bytes_read(self) -> int:
        """Return the compressed column bytes that were decoded."""
        return sum(reading.bytes_read for reading in self.readings.values())
