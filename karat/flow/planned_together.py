"""What judging would read once more for the distances of all partitions as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from karat.compute import Reading, footer, known_content
from karat.flow.budgets import Cost
from karat.flow.exact_together import unread
from karat.flow.judged import Named, Trial
from karat.flow.leaf_states import LeafStates
from karat.flow.part_plans import PartPlan, Planner
from karat.flow.summary import partition_key, partition_tree
from karat.flow.together import certified_together, doubts_together, exactly_together
from karat.lake.layout import Partition, dataset_path
from karat.tree import Tree


@dataclass(frozen=True, slots=True)
class PlannedTogether:
    """The columns to be read of each partition, and what that costs."""

    columns: Mapping[Partition, Sequence[str]] = field(default_factory=dict)
    cost: Cost = field(default_factory=Cost)


def planned_together(planner: Planner, parts: Sequence[PartPlan]) -> PlannedTogether:
    """Return what is to be read where a threshold lies inside the bounds of a merged distance.

    Nothing where partitions are still to be read for their own states: what these come to is not
    known yet, and their columns are read anyway.
    """
    found = [_named(planner, part) for part in parts]
    leaves = {partition_key(one.partition): one for one in found if one is not None}
    if planner.golden is None or not found or len(leaves) < len(found):
        return PlannedTogether()
    how = planner.lake, planner.contract, planner.commit, planner.sources, planner.golden
    trial = Trial(*how, planner.store)
    tree = partition_tree({one.partition: one.digest for one in leaves.values()})
    states = LeafStates(trial, leaves)
    columns: dict[Partition, list[str]] = {}
    for name in _doubts(trial, states, tree):
        one = trial.rules.held("")[name]
        for partition in unread(states, one, tree):
            known = columns.setdefault(partition, [])
            known += [column for column in one.measure().reads() if column not in known]
    cost = sum(_bytes(planner, one, names) for one, names in columns.items())
    rows = sum(leaves[partition_key(one)].rows * len(names) for one, names in columns.items())
    return PlannedTogether(columns, Cost(cost, planner.rates.seconds(8 * rows, rows)))


def _named(planner: Planner, part: PartPlan) -> Named | None:
    content = known_content(_reading(planner, part.partition), planner.store)
    return None if content is None else Named(part.partition, content)


def _doubts(trial: Trial, states: LeafStates, tree: Tree) -> list[str]:
    """Return the merged distances that are to be made exact, as far as coarse states tell."""
    bounds = certified_together(trial, tree)
    if bounds is None:
        bounds = {}
        for name, one in trial.rules.held("").items():
            if one.full and (state := states.known(one.measure(), tree)) is not None:
                whole = one.distance(state[0])
                bounds[name] = (whole.lower, whole.upper)
    found = doubts_together(trial, bounds, sum(one.rows for one in states.judged.values()))
    return [name for name in found if exactly_together(trial, tree, name) is None]


def _reading(planner: Planner, one: Partition) -> Reading:
    path = dataset_path(planner.contract.dataset, one.instrument, one.date)
    return Reading(planner.lake, planner.commit, path)


def _bytes(planner: Planner, one: Partition, columns: Sequence[str]) -> int:
    return footer(_reading(planner, one)).bytes_of(columns)
