"""What a contract may say about the steps of episodes that an agent is trained on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from karat.contracts.row_rules import InvariantRule
from karat.contracts.values import Name, Part, Role

WHOLE_EPISODES = "episodes are whole"
"""Name of what is found of the order and the ends of episodes."""
LINKED = "next observations are those of the next rows"
"""Name of what is found of the observations of neighbouring steps."""
NAMED = ("episode", "step", "action", "reward", "terminated", "truncated")
LISTED = ("observation", "next_observation", "payoffs", "seen")


class StepRule(Part):
    """A rule of neighbouring steps that none may break; its name is that of what is found."""

    name: Name
    allowance: int = 0
    severity: Role = "gate"


class EpisodesRule(Part):
    """Which columns are an episode's number, its steps, and what an agent sees, does and gets.

    `next_observation` is what the next step of the episode observes, column for column; `payoffs`
    what each action 0, 1, … would have been rewarded with; `seen` the observation made again of
    nothing but what was known at that step, in the rows where it was, the last one among them.
    """

    episode: Name
    step: Name
    observation: Annotated[tuple[Name, ...], Field(min_length=1)]
    next_observation: tuple[Name, ...] = ()
    action: Name
    reward: Name
    payoffs: tuple[Name, ...] = ()
    terminated: Name
    truncated: Name
    seen: tuple[Name, ...] = ()

    def mentions(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield each column that is named, with its place."""
        yield from (((part,), getattr(self, part)) for part in NAMED)
        for part in LISTED:
            yield from (((part, at), name) for at, name in enumerate(getattr(self, part)))

    def unequal(self) -> Iterator[tuple[tuple[str], str]]:
        """Yield what does not stand beside the observations column for column."""
        for part in ("next_observation", "seen"):
            found, needed = len(getattr(self, part)), len(self.observation)
            if found not in (0, needed):
                yield (part,), f"{found} columns beside {needed} of `observation`: name all or none"

    @property
    def flags(self) -> tuple[str, ...]:
        """Return the columns that tell a step's place: episode, step, terminated, truncated."""
        return self.episode, self.step, self.terminated, self.truncated

    def steps(self) -> list[StepRule]:
        """Return the rules of neighbouring steps."""
        return [StepRule(name=WHOLE_EPISODES), *([StepRule(name=LINKED)] if self.linked else [])]

    @property
    def linked(self) -> bool:
        """Return whether rows say what comes next."""
        return bool(self.next_observation)

    def laws(self) -> list[InvariantRule]:
        """Return that nothing is observed before it is known, for each column."""
        pairs = zip(self.observation, self.seen, strict=False)  # `unequal` tells
        return [
            InvariantRule(name=f"{one} is not known early", left=one, op="==", right=other)
            for one, other in pairs
        ]
