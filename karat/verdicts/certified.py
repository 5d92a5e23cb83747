"""How many distances have a threshold inside their certified interval.

Golden's cells bound a distance, and a threshold between its bounds leaves its outcome open. Where
golden has kept all its values the distance is refined then; of others only a golden with all values
(``cells: null``) could tell more, so that is where one pays.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from karat.verdicts.verdict import Finding, Verdict


class Certified(NamedTuple):
    """`inside` and `refined` of so many distances that are `held` to something."""

    inside: int
    held: int
    refined: int = 0

    def words(self) -> str:
        """Return it as a person reads it.

        >>> Certified(1, 40).words()
        '1 of 40 distances have a threshold inside their certified interval'
        """
        told = (
            f"{self.inside:,} of {self.held:,} distances have a threshold inside their certified "
            "interval"
        )
        return f"{told}; {self.refined:,} were refined" if self.refined else told


def certified(verdicts: Iterable[Verdict]) -> Certified:
    """Return how many distances of verdicts have a threshold inside their interval, of how many.

    Thresholds are q scales, and the tolerance less and more the half-width. An exact distance has
    no inside.
    """
    every = [finding for verdict in verdicts for finding in verdict.findings]
    held = [one for one in map(_inside, every) if one is not None]
    return Certified(sum(held), len(held), sum("refined" in one.numbers for one in every))


def _inside(finding: Finding) -> bool | None:
    """Return whether a threshold lies inside; None for what is held to none, or is no distance."""
    said = finding.numbers
    if not {"low", "high", "scale", "q"} <= said.keys():
        return None
    asked = [float(said["q"]) * float(said["scale"])]
    if "tolerance" in said:
        around, off = float(said["tolerance"]), float(said.get("half_width", 0))
        asked += [around - off, around + off]
    return any(float(said["low"]) <= one < float(said["high"]) for one in asked)
