"""What a policy is worth on steps that it was not trained on, beside what takes no learning.

The worth of a step is the payoff of the action taken; "do nothing" is worth 0 at each. Episodes of
neighbours are alike, so intervals are over blocks of neighbouring episodes, not over steps.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat.dataset import Steps, TrainingSteps
from karat.errors import InputError
from karat.feedback.factorial import FEWEST
from karat.feedback.resampling import mean_interval
from karat.training.payoffs import payoffs
from karat.training.policy import Policy

BLOCKS = 200
ROWS = 1 << 14
Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Worth:
    """The mean payoff of a step, in the dataset's unit, and the 95 % interval about it."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Evaluation:
    """The worth of a policy and of its rivals: each action always, and any action by chance.

    `over_nothing` is the policy's worth over doing nothing, `over_best` over the best of the other
    rivals; both by pairs of the same episodes.
    """

    policy: Worth
    rivals: dict[str, Worth]
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


def evaluate(policy: Policy, steps: TrainingSteps) -> Evaluation:
    """Return what `policy` is worth on `steps`.

    Raises `InputError` for fewer than five episodes, or steps that do not tell payoffs.
    """
    found = _by_episode(policy, steps)
    if len(found) < FEWEST:
        raise InputError(
            f"{len(found)} episodes to evaluate on: at least {FEWEST} are needed to say how sure "
            "one is"
        )
    count, sums = found[:, 0], found[:, 1:]
    taken, fixed = sums[:, 0], sums[:, 1:]
    rivals = {f"always {n}": _worth(one, count) for n, one in enumerate(fixed.T)}
    rivals["by chance"] = _worth(fixed.mean(axis=1), count)
    best = fixed[:, int(fixed.sum(axis=0).argmax())]
    return Evaluation(
        policy=_worth(taken, count),
        rivals=rivals,
        over_nothing=_worth(taken, count),
        over_best=_worth(taken - best, count),
        episodes=len(found),
        steps=int(count.sum()),
    )


def _worth(sums: Doubles, count: Doubles) -> Worth:
    """Return the mean payoff of a step from sums and steps of episodes, in order."""
    blocks = np.array_split(np.arange(len(sums)), min(len(sums), BLOCKS))
    means = np.array([sums[one].sum() / count[one].sum() for one in blocks])
    return Worth(float(sums.sum() / count.sum()), *mean_interval(means))


def _by_episode(policy: Policy, steps: TrainingSteps) -> Doubles:
    """Return, episode by episode, its steps, what the policy got, and what each action would."""
    parts, done = list[tuple[NDArray[np.int64], Doubles]](), 0
    for batch in steps.batches(ROWS):
        ends = batch.terminated | batch.truncated
        parts.append((done + np.cumsum(ends) - ends, _taken(policy, batch)))
        done += int(ends.sum())
    if not parts:
        return np.zeros((0, 3))
    number = np.concatenate([one for one, _ in parts])
    values = np.concatenate([one for _, one in parts])
    return np.stack([np.bincount(number, column) for column in values.T], axis=1)


def _taken(policy: Policy, batch: Steps) -> Doubles:
    gains = payoffs(batch)
    taken = np.take_along_axis(gains, policy.act(batch.observation)[:, None], axis=1)
    return np.hstack([np.ones_like(taken), taken, gains])
