"""What a rule decides of a partition, with the words for it left until somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from karat.contracts import Family, Role
from karat.verdicts.verdict import Finding, Number, Outcome

Told = tuple[str, Mapping[str, Number]]
"""The reason in words, and what was measured with the bounds it was held to."""


class Ruling(NamedTuple):
    """One rule held against one partition; `tell` gives its words and numbers.

    A thousand partitions are decided in the time that the words of a few take, so these are made
    for what is looked at. They never change what was decided.
    """

    family: Family
    role: Role
    name: str
    outcome: Outcome
    tell: Callable[[], Told]

    def finding(self) -> Finding:
        """Return the ruling with its words and numbers."""
        reason, numbers = self.tell()
        return Finding(self.family, self.role, self.name, self.outcome, reason, numbers)
