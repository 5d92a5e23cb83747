"""Where the episodes of a partition begin and end, and what was observed in one."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from karat.dataset.mapped_steps import MappedSteps
from karat.dataset.steps import Floats, Steps


class Episode(NamedTuple):
    """The steps of one episode, and its observations: one more than there are steps."""

    steps: Steps
    observations: Floats


class PartitionEpisodes:
    """The episodes of a partition, in order; steps after the last end are one more."""

    def __init__(self, mapped: MappedSteps) -> None:
        self._mapped = mapped

    @cached_property
    def stops(self) -> NDArray[np.int64]:
        """Return the number of the step after each episode."""
        ended = [block.terminated | block.truncated for block in self._mapped.blocks]
        flags = np.concatenate(ended)
        stops = np.flatnonzero(flags) + 1
        return stops if flags.size in (0, *stops[-1:]) else np.append(stops, flags.size)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.stops)

    def __getitem__(self, number: int) -> Episode:
        """Return an episode by its number; IndexError for one that is not there.

        Where nothing was said to come next, the last observation stands for the one after it.
        """
        if not 0 <= number < len(self.stops):
            raise IndexError(number)
        start = int(self.stops[number - 1]) if number else 0
        steps = self._mapped.rows(start, int(self.stops[number]))
        said = steps.observation if steps.next_observation is None else steps.next_observation
        return Episode(steps, np.concatenate([steps.observation, said[-1:]]))
