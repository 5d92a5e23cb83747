"""Which rows a rule speaks of."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from karat.contracts.values import Name, Part, Whole

FIRST_KEYS = {"column", "is_", "has", "has_not"}
"""Keys of a condition that stand in every state key, said or not."""


class Condition(Part):
    """Rows by what `column` holds: it says exactly one thing.

    One of `is`; a bit `has` or `has_not` set; `above` or `below` a whole number; or the `same_as`
    another column. A row without a value in a column that is looked at meets no condition.
    """

    column: Name
    is_: Annotated[tuple[Whole, ...], Field(alias="is")] = ()
    has: Annotated[Whole, Field(ge=0)] = 0
    has_not: Annotated[Whole, Field(ge=0)] = 0
    above: Whole | None = None
    below: Whole | None = None
    same_as: Name | None = None

    def text(self) -> str:
        """Return the one spelling of this condition, as it stands in the names of states."""
        said = {name for name in ("above", "below", "same_as") if getattr(self, name) is not None}
        return self.model_dump_json(by_alias=True, include=FIRST_KEYS | said)

    @cached_property
    def spelled(self) -> str:
        """`text`, known once it was asked for."""
        return self.text()

    def reads(self) -> tuple[str, ...]:
        """Return the columns that are looked at."""
        return (self.column,) if self.same_as is None else (self.column, self.same_as)

    def met(self, table: pa.Table) -> pa.ChunkedArray:
        """Return one boolean a row, null where there is no value to look at."""
        column = pc.cast(table[self.column], pa.int64())
        if self.is_:
            return pc.is_in(column, pa.array(self.is_, pa.int64()))
        if self.above is not None:
            return pc.greater(column, self.above)
        if self.below is not None:
            return pc.less(column, self.below)
        if self.same_as is not None:
            return pc.equal(column, pc.cast(table[self.same_as], pa.int64()))
        there = pc.not_equal(pc.bit_wise_and(column, self.has or self.has_not), 0)
        return there if self.has else pc.invert(there)

    @model_validator(mode="after")
    def _says_one_thing(self) -> Condition:
        set_ = [self.is_, self.has, self.has_not]
        compared = [self.above, self.below, self.same_as]
        if sum(map(bool, set_)) + sum(value is not None for value in compared) != 1:
            known = "is, has, has_not, above, below and same_as"
            raise ValueError(f"say exactly one of {known}, and no empty one")
        return self
