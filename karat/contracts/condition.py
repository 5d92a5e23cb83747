"""Which rows a rule speaks of."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from karat.contracts.values import Name, Part, Whole


class Condition(Part):
    """Rows whose `column` is one of `is`, or has (has not) a bit set: one of the three."""

    column: Name
    is_: Annotated[tuple[Whole, ...], Field(alias="is")] = ()
    has: Annotated[Whole, Field(ge=0)] = 0
    has_not: Annotated[Whole, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _says_one_thing(self) -> Condition:
        if sum(map(bool, (self.is_, self.has, self.has_not))) != 1:
            raise ValueError("say exactly one of is, has and has_not, and no empty one")
        return self
