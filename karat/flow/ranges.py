"""A range of partitions as one: any instruments, from one day to another, merged from few states.

Whole months, and whole tens of days, that lie inside are found under the names they have in the
tree of all partitions; only the days at both ends are merged one by one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from karat.compute import Content, Reading, partition_content, state_of
from karat.contracts import Contract
from karat.errors import InputError
from karat.flow.newest import sources_of
from karat.flow.summary import partition_key, partition_tree
from karat.golden import Yardstick
from karat.lake import Lake
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.store import Store
from karat.tree import Key, Tree, fold
from karat.verdicts import current_golden
from karat.verdicts.lineage import files


@dataclass(frozen=True, slots=True)
class Range:
    """Partitions as one: which, their rows, one name for all, and their distances from golden.

    `distances` are bounds by name: none without golden days or partitions. Nobody judged them: a
    verdict is on a partition.
    """

    partitions: tuple[Partition, ...]
    rows: int
    root: str
    distances: Mapping[str, tuple[Fraction, Fraction]]


def merged_range(
    lake: Lake,
    contract: Contract,
    ref: str = MAIN,
    *,
    first: str | None = None,
    last: str | None = None,
    instruments: Collection[str] | None = None,
    store: Store,
) -> Range:
    """Return the partitions of `ref` from the day `first` to `last`, both included, as one.

    None is no bound, and no choice of `instruments` all of them. States are found in `store`, or
    computed and kept. Raises InputError for a day that is none.
    """
    commit, held = lake.resolve(ref), {}
    for partition, digest in files(lake, commit, f"{contract.dataset}/"):
        held[partition_key(partition)] = partition, digest
    names = partition_tree(dict(held.values()))
    asked = names.only(instruments) if instruments is not None else names
    bounds = [_bound(day) for day in (first, last)]
    chosen = [held[key][0] for key, _ in asked.between(*bounds, depth=1).leaves()]

    readings = {partition: _reading(lake, commit, contract, partition) for partition in chosen}
    contents = {one: partition_content(reading, store) for one, reading in readings.items()}
    golden = current_golden(lake, sources_of(lake, ref), contract.dataset)
    tree = partition_tree({one: content.digest for one, content in contents.items()})
    parts = {partition_key(one): (contents[one], readings[one]) for one in chosen}
    usable = golden.usable(contract) if golden and chosen else {}
    found = {name: _distance(one, tree, parts, store) for name, one in usable.items()}
    rows = sum(content.rows for content in contents.values())
    return Range(tuple(chosen), rows, tree.root, found)


def _distance(
    one: Yardstick, tree: Tree, parts: Mapping[Key, tuple[Content, Reading]], store: Store
) -> tuple[Fraction, Fraction]:
    measure = one.measure()

    def states(keys: Sequence[Key]) -> Iterator[object]:
        for key in keys:
            content, reading = parts[key]
            yield state_of(measure, content, reading, store)
            reading.forget()

    whole = one.distance(fold(tree, measure.statistic, states, store))
    return whole.lower, whole.upper


def _reading(lake: Lake, commit: str, contract: Contract, partition: Partition) -> Reading:
    return Reading(
        lake, commit, dataset_path(contract.dataset, partition.instrument, partition.date)
    )


def _bound(day: str | None) -> Key:
    """Return where a day stands below its instrument; () for none."""
    if day is None:
        return ()
    try:
        text = dt.date.fromisoformat(day).isoformat()
    except ValueError as error:
        raise InputError(f"day {day!r}: write YYYY-MM-DD") from error
    return text[:7], text
