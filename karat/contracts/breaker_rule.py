"""When failures of an instrument stop its publication, and training on it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from karat.contracts.values import Part


class BreakerRule(Part):
    """The breaker of each instrument opens at so many contents that have a FAIL.

    Contents count from when it was closed last, each once, whatever they are judged under later.
    """

    failures: Annotated[int, Field(ge=1, le=1_000_000)] = 1
