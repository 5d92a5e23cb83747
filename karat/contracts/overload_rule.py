"""What is spent on judging while more waits than can be done."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from karat.contracts.values import Part

_ONE = r"\d+(\.\d+)?\s*(ms|s|m|h|B|kB|MB|GB|TB)"


class OverloadRule(Part):
    """While so many runs are `waiting`, one run may spend a `budget`, such as ``30s, 500MB``.

    The best level that fits is judged at; a lesser one admits nothing, and what it left open is
    judged again, at the contract's own level, when fewer wait.
    """

    waiting: Annotated[int, Field(ge=1, le=1_000_000)]
    budget: Annotated[str, Field(pattern=rf"^\s*{_ONE}\s*(,\s*{_ONE}\s*)*$")]
