"""The exact distance of many partitions as one: only those with rows in doubtful cells are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from karat.flow.leaf_states import LeafStates
from karat.golden import Finer, Yardstick
from karat.lake.layout import Partition
from karat.tree import Key, Tree, fold
from karat.verdicts.full_values import full_of


class Exact(NamedTuple):
    """The bounds of a distance, which are one, and the partitions that were `read` for it."""

    bounds: tuple[Fraction, Fraction]
    read: Sequence[Partition]


def exact(leaves: LeafStates, one: Yardstick, tree: Tree) -> Exact:
    """Return the distance of all leaves of `tree` together by all golden values.

    Cells that leave a doubt about the merged state are divided, and states in them merged. A state
    without rows in these cells is known from its coarse one; of the others what is kept is used.
    """
    trial = leaves.trial
    full = full_of(trial.lake, trial.sources, one)
    whole = leaves.merged(one.measure(), tree)
    finer = Finer.of(one, full, whole)
    found = _Finer(leaves, finer)
    if finer.cells:
        statistic = finer.yardstick.measure().statistic
        whole = fold(tree, statistic, found.states, trial.store)
    told = finer.yardstick.distance(whole)
    return Exact((told.lower, told.upper), tuple(found.read))


def unread(leaves: LeafStates, one: Yardstick, tree: Tree) -> list[Partition]:
    """Return the partitions that `exact` would read, told from states that are kept alone.

    Where coarse ones are not kept, these; nothing more can be told then.
    """
    keys = list(leaves.judged)
    coarse = leaves.kept(one.measure(), keys)
    left = [key for key, state in zip(keys, coarse, strict=True) if state is None]
    if not left and (whole := leaves.known(one.measure(), tree)) is not None:
        finer = Finer.of(one, full_of(leaves.trial.lake, leaves.trial.sources, one), whole[0])
        held = [(k, state[0]) for k, state in zip(keys, coarse, strict=True) if state]
        left = [key for key, state in held if finer.lifted(state) is None]
        kept = leaves.kept(finer.yardstick.measure(), left)
        left = [key for key, state in zip(left, kept, strict=True) if state is None]
    return [leaves.judged[key].partition for key in left]


@dataclass
class _Finer:
    """The states of partitions in finer cells."""

    leaves: LeafStates
    finer: Finer
    read: list[Partition] = field(default_factory=list)

    def states(self, keys: Sequence[Key]) -> list[Any]:
        """Return the states of partitions, from coarse ones where these tell."""
        fine, coarse = self.finer.yardstick.measure(), self.finer.coarse.measure()
        found = [self.finer.lifted(state) for state in self.leaves.states(coarse, keys)]
        left = [key for key, state in zip(keys, found, strict=True) if state is None]
        kept = dict(zip(left, self.leaves.kept(fine, left), strict=True))
        return [
            self._known(key, kept[key]) if state is None else state
            for key, state in zip(keys, found, strict=True)
        ]

    def _known(self, key: Key, kept: tuple[Any] | None) -> Any:
        if kept is not None:
            return kept[0]
        one = self.leaves.judged[key].partition
        self.read.append(one)
        state = self.leaves.made(self.finer.yardstick.measure(), key)
        self.leaves.readings[one].forget()
        return state
