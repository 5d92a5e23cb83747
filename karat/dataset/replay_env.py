"""Recorded steps as a gymnasium environment: a market that takes no notice of the agent.

Episodes of a proved dataset are played again. Whatever is done, the next observation is the
recorded one; the reward is what the dataset says that action would have been worth (`payoffs`).
That is right for an agent that is small beside the market, and for no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from karat.dataset.episodes import Episode, PartitionEpisodes
from karat.dataset.step_reading import TrainingSteps
from karat.errors import InputError

if TYPE_CHECKING:
    import gymnasium

MOST = float(np.finfo(np.float32).max)
Stepped = tuple[Any, float, bool, bool, dict[str, Any]]


class Playback:
    """One episode after another, chosen or drawn; the market of `replay` without its spaces."""

    def __init__(self, steps: TrainingSteps) -> None:
        self._steps = steps
        self._counts = np.array(steps.counts(), float)
        self._episodes: dict[int, PartitionEpisodes] = {}
        self._played: Episode | None = None
        self._at = 0
        if not steps.rule.payoffs:
            raise InputError("a replay needs the `payoffs` of each action in its contract")
        if not self._counts.sum():
            raise InputError("there is no step to play")

    def begin(self, random: np.random.Generator, options: dict[str, Any]) -> tuple[Any, Any]:
        """Return the first observation of an episode, and where it stands."""
        number, which = options.get("partition"), options.get("episode")
        if number is None:
            number = int(random.choice(len(self._counts), p=self._counts / self._counts.sum()))
        if number not in self._episodes:
            self._episodes[number] = PartitionEpisodes(self._steps.mapped(number))
        episodes = self._episodes[number]
        which = int(random.integers(len(episodes))) if which is None else which
        self._played, self._at = episodes[which], 0
        place = {"partition": self._steps.partitions[number], "episode": which}
        return self._played.observations[0].copy(), place

    def go(self, action: int) -> Stepped:
        """Return what a step gives; an episode that nothing ended is truncated where rows end."""
        played, at = self._played, self._at
        if played is None or at == len(played.steps) or played.steps.payoffs is None:
            raise InputError("there is no episode under way: call reset first")
        self._at = at + 1
        terminated = bool(played.steps.terminated[at])
        last = self._at == len(played.steps) and not terminated
        truncated = bool(played.steps.truncated[at]) or last
        reward = float(played.steps.payoffs[at, action])
        return played.observations[at + 1].copy(), reward, terminated, truncated, {}


def replay(steps: TrainingSteps) -> gymnasium.Env[Any, Any]:
    """Return an environment over the episodes of `steps`, which passes gymnasium's `check_env`.

    ``reset`` draws a partition by its steps and one of its episodes; with
    ``options={"partition": 2, "episode": 7}`` it takes that one. Needs the extra ``train``.
    Raises InputError where the contract tells no payoffs, or there is not one step.
    """
    from gymnasium import Env, spaces

    playback, rule = Playback(steps), steps.rule

    class MarketReplay(Env[Any, Any]):
        """Episodes of `steps`, one after another; errors as `TrainingSteps.batches`."""

        observation_space = spaces.Box(-MOST, MOST, (len(rule.observation),), np.float32)
        action_space = spaces.Discrete(len(rule.payoffs))

        def reset(
            self, *, seed: int | None = None, options: dict[str, Any] | None = None
        ) -> tuple[Any, dict[str, Any]]:
            """Begin an episode."""
            super().reset(seed=seed)
            return playback.begin(self.np_random, options or {})

        def step(self, action: Any) -> Stepped:
            """Go on by one step; InputError before the first `reset` and after the end."""
            return playback.go(int(action))

    return MarketReplay()
