"""All partitions as one: their distances from golden, merged up the tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from karat.compute import Reading, partition_content, state_of
from karat.contracts import Measure
from karat.flow.judged import Judged, Trial
from karat.flow.remembered import Remembered
from karat.flow.store_memo import StoreMemo
from karat.flow.summary import partition_key, partition_tree
from karat.lake.layout import Partition, dataset_path
from karat.tree import Key, Tree, fold


@dataclass(frozen=True, slots=True)
class Together:
    """Partitions as one: the root of their contents, their distances, and the bytes these took."""

    root: str
    distances: dict[str, tuple[Fraction, Fraction]]
    bytes_read: int


def together(trial: Trial, judged: Sequence[Judged | Remembered]) -> Together:
    """Return what partitions are as one, with the bounds of each distance by name.

    No distance at a lesser level, without golden days, or of no partition. States of partitions
    that were judged are in the store.
    """
    tree = partition_tree({one.partition: one.digest for one in judged})
    golden = None if trial.level or not judged else trial.golden
    leaves = _Leaves(trial, {partition_key(one.partition): one for one in judged})
    found = {}
    for name, one in golden.usable(trial.contract).items() if golden else ():
        whole = one.distance(leaves.merged(one.measure(), tree))
        found[name] = (whole.lower, whole.upper)
    return Together(tree.root, found, leaves.bytes_read)


@dataclass
class _Leaves:
    """Partitions by where they stand in the tree; a file is read where no state of it is kept."""

    trial: Trial
    judged: dict[Key, Judged | Remembered]
    readings: dict[Partition, Reading] = field(default_factory=dict)

    def merged(self, measure: Measure, tree: Tree) -> object:
        """Return the state of all partitions."""

        def leaf(key: Key) -> bytes:
            return measure.statistic.encode(self._state(measure, self.judged[key]))

        return fold(tree, measure.statistic, leaf, StoreMemo(self.trial.store))

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
