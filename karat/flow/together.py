"""All partitions as one: their distances from golden, merged up the tree."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial

from karat.digest import digest, framed, joined_digest
from karat.distances import Distance
from karat.errors import CorruptError
from karat.flow.exact_together import Exact, exact
from karat.flow.judged import Judged, Trial
from karat.flow.leaf_states import LeafStates
from karat.flow.remembered import Remembered
from karat.flow.summary import partition_key, partition_tree
from karat.flow.ways import way_of
from karat.golden import GoldenManifest
from karat.lake.layout import Partition
from karat.store.understood import understood
from karat.tree import Tree
from karat.verdicts.facts import Far
from karat.verdicts.judging import JUDGE_VERSION

Distances = dict[str, tuple[Fraction, Fraction]]


@dataclass(frozen=True, slots=True)
class Together:
    """Partitions as one: the root of their contents, their distances, and the bytes these took.

    `reread` are the columns that were read once more, for all golden values to say.
    """

    root: str
    distances: Distances
    bytes_read: int
    reread: Mapping[Partition, Sequence[str]] = field(default_factory=dict)


def together(trial: Trial, judged: Sequence[Judged | Remembered]) -> Together:
    """Return what partitions are as one, with the bounds of each distance by name.

    No distance at a lesser level, without golden days, or of no partition. States of partitions
    that were judged are in the store, which remembers the distances of the same contents too. A
    distance whose bounds hold q scales between them is made exact, as one partition's is.
    """
    tree = partition_tree({one.partition: one.digest for one in judged})
    golden = None if trial.level or not judged else trial.golden
    if golden is None:
        return Together(tree.root, {}, 0)
    slot = _slot(trial, golden, tree)
    leaves = LeafStates(trial, {partition_key(one.partition): one for one in judged})
    found = certified_together(trial, tree)
    if found is None:
        found = {}
        for name, one in golden.usable(trial.contract).items():
            whole = one.distance(leaves.merged(one.measure(), tree))
            found[name] = (whole.lower, whole.upper)
        trial.store.put(slot, _encoded(found))
    doubts = doubts_together(trial, found, sum(one.rows for one in judged))
    known = {name: _exactly(trial, leaves, name, tree) for name in doubts}
    reread: dict[Partition, list[str]] = {}
    for name, exactly in known.items():
        for partition in exactly.read:
            reread.setdefault(partition, []).extend(trial.rules.held("")[name].measure().reads())
    told = found | {name: exactly.bounds for name, exactly in known.items()}
    return Together(tree.root, told, leaves.bytes_read, reread)


def certified_together(trial: Trial, tree: Tree) -> Distances | None:
    """Return the bounds of merged distances in golden's own cells that the store remembers."""
    if trial.golden is None:
        return None
    slot, wanted = _slot(trial, trial.golden, tree), way_of(trial.contract, trial.golden).distances
    return understood(trial.store, [slot], partial(_decoded, wanted)).get(slot)


def exactly_together(trial: Trial, tree: Tree, name: str) -> Distances | None:
    """Return the exact distance called `name` of all partitions that the store remembers."""
    place = _place(trial, tree, name)
    return understood(trial.store, [place], partial(_decoded, frozenset([name]))).get(place)


def doubts_together(trial: Trial, found: Distances, rows: int) -> list[str]:
    """Return the distances of so many rows between whose bounds lies what they are held to."""
    far = {name: Far(Distance(low, high, rows)) for name, (low, high) in found.items()}
    return trial.rules.doubtful("", far)


def _exactly(trial: Trial, leaves: LeafStates, name: str, tree: Tree) -> Exact:
    """Return an exact distance, which the store remembers beside the certified ones."""
    known = exactly_together(trial, tree, name)
    if known is not None:
        return Exact(known[name], ())
    found = exact(leaves, trial.rules.held("")[name], tree)
    trial.store.put(_place(trial, tree, name), _encoded({name: found.bounds}))
    return found


def _slot(trial: Trial, golden: GoldenManifest, tree: Tree) -> str:
    way = way_of(trial.contract, golden)
    asked = framed(tree.root, way.shape, JUDGE_VERSION, way.golden)
    return joined_digest("together/1", asked, way.states)


def _place(trial: Trial, tree: Tree, name: str) -> str:
    slot = "" if trial.golden is None else _slot(trial, trial.golden, tree)
    return digest("together refined/1", slot, name)


def _encoded(found: Distances) -> bytes:
    return json.dumps({name: [str(low), str(high)] for name, (low, high) in found.items()}).encode()


def _decoded(wanted: frozenset[str], data: bytes) -> Distances:
    """Return the bounds of the `wanted` distances; CorruptError for any others."""
    said = json.loads(data)
    if said.keys() != wanted:
        raise CorruptError(f"distances {sorted(said)}, not {sorted(wanted)}")
    return {name: (Fraction(low), Fraction(high)) for name, (low, high) in said.items()}
