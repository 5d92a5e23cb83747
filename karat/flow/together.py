"""All partitions as one: their distances from golden, merged up the tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from karat.compute import state_of
from karat.contracts import Contract, Measure
from karat.flow.summary import partition_key, partition_tree
from karat.golden import GoldenManifest
from karat.store import Store
from karat.tree import Key, Tree, fold
from karat.verdicts import Subject


def distances_together(
    contract: Contract, golden: GoldenManifest | None, cases: Mapping[Key, Subject], store: Store
) -> dict[str, tuple[Fraction, Fraction]]:
    """Return the bounds of each distance of all partitions together, by name.

    None without golden days, or partitions. States of partitions that were judged are in `store`.
    """
    held = golden.usable(contract) if golden and cases else {}
    tree = partition_tree({case.partition: case.content.digest for case in cases.values()})
    found = {}
    for name, one in held.items():
        whole = one.distance(_merged(one.measure(), tree, cases, store))
        found[name] = (whole.lower, whole.upper)
    return found


def by_key(cases: list[Subject]) -> dict[Key, Subject]:
    """Return partitions by where they stand in the tree."""
    return {partition_key(case.partition): case for case in cases}


def _merged(measure: Measure, tree: Tree, cases: Mapping[Key, Subject], store: Store) -> object:
    """Return the state of all partitions; where `store` has none of one, from its rows."""

    def leaf(key: Key) -> bytes:
        case = cases[key]
        return measure.statistic.encode(state_of(measure, case.content, case.candidate, store))

    return fold(tree, measure.statistic, leaf, _Memo(store))


@dataclass(frozen=True)
class _Memo:
    """A store as the memo of a fold."""

    store: Store

    def get(self, key: str, /) -> bytes | None:
        return self.store.get(key)

    def __setitem__(self, key: str, value: bytes, /) -> None:
        self.store.put(key, value)
