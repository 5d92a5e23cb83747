"""All partitions as one: their distances from golden, merged up the tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from karat.compute import Reading, state_of
from karat.contracts import Contract, Measure
from karat.flow.judged import Judged
from karat.flow.remembered import Remembered
from karat.flow.summary import partition_key, partition_tree
from karat.golden import GoldenManifest
from karat.lake import CommitId, Lake
from karat.lake.layout import dataset_path
from karat.store import Store
from karat.tree import Key, Tree, fold


@dataclass(frozen=True, slots=True)
class Leaf:
    """A partition of a dataset as it was judged, and its file, of which nothing is read yet."""

    judged: Judged | Remembered
    candidate: Reading

    @property
    def bytes_read(self) -> int:
        """Return the compressed column bytes that were decoded of it."""
        return self.candidate.bytes_read


def distances_together(
    contract: Contract, golden: GoldenManifest | None, cases: Mapping[Key, Leaf], store: Store
) -> dict[str, tuple[Fraction, Fraction]]:
    """Return the bounds of each distance of all partitions together, by name.

    None without golden days, or partitions. States of partitions that were judged are in `store`.
    """
    held = golden.usable(contract) if golden and cases else {}
    tree = partition_tree({case.judged.partition: case.judged.digest for case in cases.values()})
    found = {}
    for name, one in held.items():
        whole = one.distance(_merged(one.measure(), tree, cases, store))
        found[name] = (whole.lower, whole.upper)
    return found


def by_key(
    lake: Lake, contract: Contract, commit: CommitId, judged: Sequence[Judged | Remembered]
) -> dict[Key, Leaf]:
    """Return partitions of a commit by where they stand in the tree."""

    def leaf(one: Judged | Remembered) -> Leaf:
        path = dataset_path(contract.dataset, one.partition.instrument, one.partition.date)
        return Leaf(one, Reading(lake, commit, path))

    return {partition_key(one.partition): leaf(one) for one in judged}


def _merged(measure: Measure, tree: Tree, cases: Mapping[Key, Leaf], store: Store) -> object:
    """Return the state of all partitions; where `store` has none of one, from its rows."""

    def leaf(key: Key) -> bytes:
        case = cases[key]
        return measure.statistic.encode(
            state_of(measure, case.judged.content, case.candidate, store)
        )

    return fold(tree, measure.statistic, leaf, _Memo(store))


@dataclass(frozen=True)
class _Memo:
    """A store as the memo of a fold."""

    store: Store

    def get(self, key: str, /) -> bytes | None:
        return self.store.get(key)

    def __setitem__(self, key: str, value: bytes, /) -> None:
        self.store.put(key, value)
