"""What takes no learning, and is worth something on the same steps: stated before training.

Episodes of neighbours are alike, so intervals are over blocks of neighbouring episodes, not over
steps.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from karat.dataset import Steps, TrainingSteps
from karat.errors import InputError
from karat.feedback.factorial import FEWEST
from karat.feedback.resampling import mean_interval
from karat.training.payoffs import payoffs

BLOCKS = 200
ROWS = 1 << 14
NOTHING, CHANCE, BEFORE = "do nothing", "by chance", "as done a step before"
Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Worth:
    """The mean payoff of a step, in the dataset's unit, and the 95 % interval about it."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Rivals:
    """What each rival gains in each episode: `sums` by name, and `count` steps; all of shape (n).

    Doing nothing gains 0. Others take one action always, any by chance, or the one that is on
    record for the step before (at an episode's first step nothing).
    """

    sums: dict[str, Doubles]
    count: Doubles

    @cached_property
    def worths(self) -> dict[str, Worth]:
        """Return what each is worth."""
        return {name: worth(one, self.count) for name, one in self.sums.items()}

    @property
    def best(self) -> str:
        """Return the one that gains most and leaves nothing to chance."""
        return max((name for name in self.sums if name != CHANCE), key=lambda n: self.sums[n].sum())

    @property
    def episodes(self) -> int:
        """Return how many episodes there are."""
        return self.count.size

    @property
    def steps(self) -> int:
        """Return how many steps there are."""
        return int(self.count.sum())


def rivals(steps: TrainingSteps) -> Rivals:
    """Return what rivals of any policy gain on `steps`.

    Raises `InputError` for fewer than five episodes, or steps that do not tell payoffs.
    """
    actions = steps.rule.payoffs
    number, values = gathered(
        steps, lambda one: np.hstack([payoffs(one), one.action[:, None].astype(np.float64)])
    )
    gains, action = values[:, : len(actions)], values[:, -1].astype(np.int64)
    taken = {NOTHING: np.zeros(len(gains))}
    taken |= {f"always {n}": gains[:, at] for at, n in enumerate(actions) if gains[:, at].any()}
    taken |= {CHANCE: gains.mean(axis=1), BEFORE: _repeated(number, gains, action)}
    count = np.bincount(number).astype(np.float64)
    if len(count) < FEWEST:
        raise InputError(
            f"{len(count)} episodes to evaluate on: at least {FEWEST} are needed to say how sure "
            "one is"
        )
    return Rivals({name: episode_sums(number, one) for name, one in taken.items()}, count)


def _repeated(number: NDArray[np.int64], gains: Doubles, action: NDArray[np.int64]) -> Doubles:
    """Return what the action on record of the step before gains; 0 where none is known."""
    before = np.roll(action, 1)
    known = np.append(False, number[1:] == number[:-1])[: len(number)]
    known &= (before >= 0) & (before < gains.shape[1])
    chosen = np.where(known, before, 0)
    return np.where(known, np.take_along_axis(gains, chosen[:, None], axis=1)[:, 0], 0.0)


def episode_sums(number: NDArray[np.int64], values: Doubles) -> Doubles:
    """Return the sum of `values` in each episode."""
    found: Doubles = np.bincount(number, values).astype(np.float64)
    return found


def worth(sums: Doubles, count: Doubles) -> Worth:
    """Return the mean payoff of a step from sums and steps of episodes, in order."""
    return Worth(float(sums.sum() / count.sum()), *mean_interval(block_means(sums, count)))


def block_means(sums: Doubles, count: Doubles) -> Doubles:
    """Return the mean payoff of a step in each block of neighbouring episodes."""
    blocks = np.array_split(np.arange(len(sums)), min(len(sums), BLOCKS))
    return np.array([sums[one].sum() / count[one].sum() for one in blocks])


def gathered(
    steps: TrainingSteps, of: Callable[[Steps], Doubles]
) -> tuple[NDArray[np.int64], Doubles]:
    """Return the episode of each step, counted from 0, and what `of` makes of it, (n, columns)."""
    parts, done = list[tuple[NDArray[np.int64], Doubles]](), 0
    with closing(steps.batches(ROWS)) as batches:
        for batch in batches:
            ends = batch.terminated | batch.truncated
            parts.append((done + np.cumsum(ends) - ends, of(batch)))
            done += int(ends.sum())
    if not parts:
        raise InputError("there are no steps to evaluate on: the dataset's partitions are empty")
    return np.concatenate([one for one, _ in parts]), np.concatenate([one for _, one in parts])
