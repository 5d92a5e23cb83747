"""How much is asked of runs at once, and whose instruments are whose."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import Field

from karat.contracts.overload_rule import OverloadRule
from karat.contracts.values import Name, Part

NOBODY = "default"
"""The tenant of instruments that no tenant names."""


class RunsRule(Part):
    """A run takes at most so many `partitions`; a look at the lake asks for `at_once` runs.

    `tenants` are named by patterns of their instruments, such as ``binance-*``; of several that
    fit, the first one has it. They take turns: one with a thousand changes holds up no other.
    """

    partitions: Annotated[int, Field(ge=1, le=1000)] = 50
    at_once: Annotated[int, Field(ge=1, le=100)] = 10
    tenants: dict[Name, tuple[Annotated[str, Field(min_length=1)], ...]] = Field(
        default_factory=dict
    )
    overload: OverloadRule | None = None

    def tenant_of(self, instrument: str) -> str:
        """Return whose an instrument is, `NOBODY`'s if no pattern fits."""
        for name, patterns in self.tenants.items():
            if any(fnmatchcase(instrument, pattern) for pattern in patterns):
                return name
        return NOBODY
