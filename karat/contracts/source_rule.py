"""Where the captures of a dataset lie, and what makes its partitions of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from karat.contracts.values import Part
from karat.digest import digest


class SourceRule(Part):
    """Captures are ``<folder>/<instrument>/<day>.parquet`` on main, one for each partition.

    `made_by` names a function, an entry point of `karat.datasets`; its `version` is counted up
    when it gives other rows than before. Left out, the reader of an instrument's venue and the
    fold of its books make book events.
    """

    folder: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] = "raw"
    made_by: Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]*)?$")] = ""
    version: Annotated[int, Field(ge=1)] = 1

    @property
    def digest(self) -> str:
        """Return the name of the function, as builds record it."""
        return digest("maker/1", self.made_by)


VENUES = SourceRule()
"""Captures of venues in ``raw/``, rebuilt into book events."""
