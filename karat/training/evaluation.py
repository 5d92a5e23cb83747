"""What a policy is worth on steps that it was not trained on, beside what takes no learning.

The worth of a step is the payoff of the action taken; "do nothing" is worth 0 at each.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from karat.dataset import Steps, TrainingSteps
from karat.training.payoffs import payoffs
from karat.training.policy import Policy
from karat.training.untrained import Doubles, Rivals, Worth, episode_sums, gathered, rivals, worth


@dataclass(frozen=True)
class Evaluation:
    """The worth of a policy and of its rivals.

    `over_nothing` is the policy's worth over doing nothing, `over_best` over the `best` of all
    rivals; both by pairs of the same episodes.
    """

    policy: Worth
    rivals: dict[str, Worth]
    best: str
    over_nothing: Worth
    over_best: Worth
    episodes: int
    steps: int

    @property
    def beats_nothing(self) -> bool:
        """Whether the policy is better than doing nothing by more than its interval."""
        return self.over_nothing.low > 0

    def plain(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self) | {"beats_nothing": self.beats_nothing}


def evaluate(policy: Policy, steps: TrainingSteps, against: Rivals | None = None) -> Evaluation:
    """Return what `policy` is worth on `steps`; `against` are their `rivals`, if known by now.

    Raises `InputError` as `rivals`, and for steps with other features than it was trained on.
    """
    taken = episode_gains(policy, steps)
    stated = rivals(steps) if against is None else against
    return Evaluation(
        policy=worth(taken, stated.count),
        rivals=stated.worths,
        best=stated.best,
        over_nothing=worth(taken, stated.count),
        over_best=worth(taken - stated.sums[stated.best], stated.count),
        episodes=stated.episodes,
        steps=stated.steps,
    )


def episode_gains(policy: Policy, steps: TrainingSteps) -> Doubles:
    """Return what `policy` gains in each episode of `steps`, in order; errors as `evaluate`."""

    def taken(batch: Steps) -> Doubles:
        return np.take_along_axis(payoffs(batch), policy.act(batch.observation)[:, None], axis=1)

    number, values = gathered(steps, taken)
    return episode_sums(number, values[:, 0])
