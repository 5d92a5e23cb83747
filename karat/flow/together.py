"""All partitions as one: their distances from golden, merged up the tree."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial

from karat.compute import Content, Reading, partition_content, state_of
from karat.compute.content import kept_contents
from karat.compute.state_store import kept_states
from karat.contracts import Measure
from karat.digest import framed, joined_digest
from karat.errors import CorruptError
from karat.flow.file_names import file_digests
from karat.flow.judged import Judged, Trial
from karat.flow.remembered import Remembered
from karat.flow.summary import partition_key, partition_tree
from karat.flow.ways import way_of
from karat.lake.layout import Partition, dataset_path
from karat.store.understood import understood
from karat.tree import Key, Tree, fold
from karat.verdicts.judging import JUDGE_VERSION

Distances = dict[str, tuple[Fraction, Fraction]]


@dataclass(frozen=True, slots=True)
class Together:
    """Partitions as one: the root of their contents, their distances, and the bytes these took."""

    root: str
    distances: Distances
    bytes_read: int


def together(trial: Trial, judged: Sequence[Judged | Remembered]) -> Together:
    """Return what partitions are as one, with the bounds of each distance by name.

    No distance at a lesser level, without golden days, or of no partition. States of partitions
    that were judged are in the store, which remembers the distances of the same contents too.
    """
    tree = partition_tree({one.partition: one.digest for one in judged})
    golden = None if trial.level or not judged else trial.golden
    if golden is None:
        return Together(tree.root, {}, 0)
    way = way_of(trial.contract, golden)
    asked = framed(tree.root, way.shape, JUDGE_VERSION, way.golden)
    slot = joined_digest("together/1", asked, way.states)
    known = understood(trial.store, [slot], partial(_decoded, way.distances)).get(slot)
    if known is not None:
        return Together(tree.root, known, 0)
    leaves, found = _Leaves(trial, {partition_key(one.partition): one for one in judged}), {}
    for name, one in golden.usable(trial.contract).items():
        whole = one.distance(leaves.merged(one.measure(), tree))
        found[name] = (whole.lower, whole.upper)
    trial.store.put(slot, _encoded(found))
    return Together(tree.root, found, leaves.bytes_read)


def _encoded(found: Distances) -> bytes:
    return json.dumps({name: [str(low), str(high)] for name, (low, high) in found.items()}).encode()


def _decoded(wanted: frozenset[str], data: bytes) -> Distances:
    """Return the bounds of the `wanted` distances; CorruptError for any others."""
    said = json.loads(data)
    if said.keys() != wanted:
        raise CorruptError(f"distances {sorted(said)}, not {sorted(wanted)}")
    return {name: (Fraction(low), Fraction(high)) for name, (low, high) in said.items()}


@dataclass
class _Leaves:
    """Partitions by where they stand in the tree; a file is read where no state of it is kept."""

    trial: Trial
    judged: dict[Key, Judged | Remembered]
    readings: dict[Partition, Reading] = field(default_factory=dict)

    def merged(self, measure: Measure, tree: Tree) -> object:
        """Return the state of all partitions."""

        def states(keys: Sequence[Key]) -> list[object]:
            return self._states(measure, [self.judged[key] for key in keys])

        return fold(tree, measure.statistic, states, self.trial.store)

    def _states(self, measure: Measure, some: Sequence[Judged | Remembered]) -> list[object]:
        """Return the states of some partitions, those that are kept by one look for all."""
        contents = self._contents([one for one in some if isinstance(one, Remembered)])
        contents |= {one.partition: one.content for one in some if isinstance(one, Judged)}
        names = {one: measure.state_key(held.columns) for one, held in contents.items()}
        known = kept_states([measure] * len(names), list(names.values()), self.trial.store)
        found = dict(zip(names, known, strict=True))
        held = ((one, found.get(one.partition)) for one in some)
        return [state[0] if state else self._state(measure, one) for one, state in held]

    def _contents(self, some: Sequence[Remembered]) -> dict[Partition, Content]:
        """Return what partitions hold, of those of which it is kept."""
        dataset = self.trial.contract.dataset

        def path(instrument: str, date: str) -> str:
            return dataset_path(dataset, instrument, date)

        names = file_digests(self.trial.lake, self.trial.commit, path, [o.partition for o in some])
        held = kept_contents(self.trial.store, names.values())
        return {one: held[name] for one, name in names.items() if name in held}

    def _state(self, measure: Measure, one: Judged | Remembered) -> object:
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
