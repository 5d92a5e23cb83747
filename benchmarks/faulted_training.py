"""What a fault costs an agent: trained on clean and on spoiled days, evaluated on the same ones.

Each dataset trains one policy a seed, with seeds in common. What evaluates is fixed, pinned by
its digest, and of days on which nothing trains. A score is what a block of neighbouring episodes
gains, by the steps that a block has on average, so that their mean is the payoff of a step. Seeds
and blocks are chance of two kinds, which add up as variances do: the ends of an interval lie as far
away as the root of the squares of how far both reach.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import hypot

import numpy as np
from numpy.typing import NDArray

from benchmarks.faulted_lake import GOLDEN_SET, FaultedLake
from benchmarks.forced_lake import ForcedLake
from karat import dataset
from karat.feedback.resampling import mean_interval
from karat.training import Recipe, train
from karat.training.evaluation import episode_gains
from karat.training.untrained import BLOCKS, Rivals, Worth, rivals

JUDGE = f"{GOLDEN_SET}@1.0.0"
CLEAN = "clean"
Doubles = NDArray[np.float64]
Case = tuple[str, float]
"""A fault and the share of messages it spoils."""


@dataclass(frozen=True)
class Arm:
    """What was trained on one dataset: `scores` by seed and block, and how many days it had.

    `refused` days had no PASS and were forced through; `commits` brought the models.
    """

    name: str
    scores: Doubles
    refused: int
    days: int
    commits: tuple[str, ...]

    @property
    def worth(self) -> Worth:
        """Return the mean payoff of a step."""
        return _crossed(self.scores)

    def less(self, other: Arm) -> Worth:
        """Return what it is worth more than another, seed by seed and block by block."""
        return _crossed(self.scores - other.scores)

    def over(self, rival: Doubles) -> Worth:
        """Return what it is worth more than a rival, block by block."""
        return _crossed(self.scores - rival)


@dataclass(frozen=True)
class Found:
    """The rivals, stated before anything was trained, and what was trained; the clean arm first."""

    against: Rivals
    arms: tuple[Arm, ...]

    @property
    def clean(self) -> Arm:
        """Return what was trained on proved days."""
        return self.arms[0]

    def best(self) -> Doubles:
        """Return the scores of the best rival by block."""
        return by_block(self.against.sums[self.against.best], self.against.count)


def measure(
    place: FaultedLake, cases: Sequence[Case], recipes: Sequence[Recipe]
) -> Iterator[Rivals | Arm]:
    """Yield the rivals, then each arm as it is trained: clean days first, then `cases`.

    Five recipes or more, alike but for their seeds. Errors as `train`.
    """
    title = place.prove()
    yield rivals(place.ground.steps(dataset.open(place.lake, JUDGE)))
    yield trained(place, CLEAN, title, recipes)
    for fault, severity in cases:
        spoiled, refused = place.restate(fault, severity)
        name = f"{fault.replace('_', ' ')}, {100 * severity:g} %"
        yield trained(place, name, spoiled, recipes, len(refused))


def trained(
    place: ForcedLake,
    name: str,
    title: str,
    recipes: Sequence[Recipe],
    refused: int = 0,
    judge: str = JUDGE,
) -> Arm:
    """Train on a dataset once a recipe, and evaluate on the days of `judge`."""
    fixed = place.ground.steps(dataset.open(place.lake, judge))
    count = rivals(fixed).count
    done = [
        train(place.ground, "agent", title, one, judge=judge, waivers=refused > 0)
        for one in recipes
    ]
    scores = [by_block(episode_gains(one.model.policy, fixed), count) for one in done]
    days = len(dataset.open(place.lake, title).entries)
    return Arm(name, np.array(scores), refused, days, tuple(one.commit for one in done))


def by_block(sums: Doubles, count: Doubles) -> Doubles:
    """Return the scores of blocks, of what episodes gain and how many steps they have."""
    blocks = np.array_split(np.arange(len(sums)), min(len(sums), BLOCKS))
    found: Doubles = np.array([sums[one].sum() for one in blocks]) / (count.sum() / len(blocks))
    return found


def gathered(found: Iterator[Rivals | Arm]) -> Found:
    """Return all that `measure` yields."""
    against, *arms = found
    if not isinstance(against, Rivals):
        raise TypeError("rivals come first")
    return Found(against, tuple(one for one in arms if isinstance(one, Arm)))


def measured(found: Found) -> Mapping[str, Worth]:
    """Return what each fault costs against clean days."""
    return {one.name: one.less(found.clean) for one in found.arms[1:]}


def _crossed(scores: Doubles) -> Worth:
    value = float(scores.mean())
    by_block, by_seed = (mean_interval(scores.mean(axis=axis)) for axis in (0, 1))
    below, above = (hypot(by_block[n] - value, by_seed[n] - value) for n in (0, 1))
    return Worth(value, value - below, value + above)
