"""Steps that an agent learns from, as arrays side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Steps:
    """Neighbouring steps, row for row; arrays may be read only and are never changed.

    `observation` and `next_observation` are of shape (n, features), `payoffs` (what each action
    would have been rewarded with) of shape (n, actions); all others have n values. What a dataset
    does not tell is None.
    """

    observation: Floats
    action: NDArray[np.int64]
    reward: Floats
    terminated: Flags
    truncated: Flags
    next_observation: Floats | None = None
    payoffs: Floats | None = None

    def __len__(self) -> int:
        """Return how many steps there are."""
        return len(self.action)

    def part(self, start: int, stop: int) -> Steps:
        """Return steps `start` to `stop`, without a copy."""
        said, payoffs = self.next_observation, self.payoffs
        return Steps(
            self.observation[start:stop],
            self.action[start:stop],
            self.reward[start:stop],
            self.terminated[start:stop],
            self.truncated[start:stop],
            None if said is None else said[start:stop],
            None if payoffs is None else payoffs[start:stop],
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that are there, by name."""
        named = ((one.name, getattr(self, one.name)) for one in fields(self))
        return {name: array for name, array in named if array is not None}


def joined(parts: Sequence[Steps]) -> Steps:
    """Return several parts, at least one, as one: a copy."""
    each = [part.arrays() for part in parts]
    return Steps(**{name: np.concatenate([one[name] for one in each]) for name in each[0]})
