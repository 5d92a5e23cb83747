"""What a contract may say; every field is checked, and an unknown key is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from karat.contracts.breaker_rule import BreakerRule
from karat.contracts.condition import Condition
from karat.contracts.consistency import Inconsistent, faults
from karat.contracts.distance_rules import UnpairedRule
from karat.contracts.episodes_rule import EpisodesRule
from karat.contracts.row_rules import BookRule, CopiesRule, InvariantRule, OrderRule
from karat.contracts.runs_rule import RunsRule
from karat.contracts.source_rule import SourceRule
from karat.contracts.timetable import CalendarRule, FreshnessRule
from karat.contracts.trades_rule import TradesRule
from karat.contracts.values import (
    FAMILIES,
    ColumnType,
    DatasetName,
    Family,
    Name,
    Part,
    Role,
    Share,
)
from karat.digest import digest


class ColumnSpec(Part):
    """A column's Arrow type, and its unit in words."""

    type: ColumnType
    unit: str
    nullable: bool = False


class SequenceRule(Part):
    """Which columns tell the order of messages, and how many faults of each sort are allowed."""

    kind: Name
    previous: Name
    id: Name
    gaps: Annotated[int, Field(ge=0)] = 0
    overlaps: Annotated[int, Field(ge=0)] = 0
    trade_gaps: Annotated[int, Field(ge=0)] = 0
    trade_repeats: Annotated[int, Field(ge=0)] = 0


class PairedRule(Part):
    """What a census against the golden capture of the same interval must show.

    `each` says what is compared once: each chosen ``row`` with the last golden quote before it, or
    each golden ``quote`` with the last chosen row before it.
    """

    rows: str
    id: Name
    fields: Annotated[tuple[Name, ...], Field(min_length=4, max_length=4)]
    min_compared: Annotated[int, Field(ge=1)]
    min_coverage: Share
    rebuild_suspect: Share = "0"
    golden_suspect: Share = "0.001"
    each: Literal["row", "quote"] = "row"
    trades: TradesRule | None = None


class Contract(Part):
    """One dataset's written rules."""

    dataset: DatasetName
    first_day: date
    source: SourceRule = SourceRule()
    columns: Annotated[dict[Name, ColumnSpec], Field(min_length=1)]
    rows: dict[Name, tuple[Condition, ...]] = Field(default_factory=dict)
    families: dict[Family, Role]
    locator: Name
    calendar: CalendarRule = CalendarRule()
    freshness: FreshnessRule | None = None
    breaker: BreakerRule = BreakerRule()
    runs: RunsRule = RunsRule()
    invariants: tuple[InvariantRule, ...] = ()
    ordering: tuple[OrderRule, ...] = ()
    book: BookRule | None = None
    copies: CopiesRule | None = None
    sequence: SequenceRule | None = None
    episodes: EpisodesRule | None = None
    paired: PairedRule | None = None
    unpaired: UnpairedRule | None = None

    @cached_property
    def digest(self) -> str:
        """Return the contract's name: of what it rules, not of how it is written.

        A key left at its default is as one not written, so that a key which is added to karat
        later changes no contract that does not use it.
        """
        return digest("contract/2", json.dumps(self.ruling(), sort_keys=True))

    def ruling(self) -> dict[str, Any]:
        """Return what it rules as plain values, without what is left at its default.

        Units in words rule nothing; source, calendar and freshness say where data comes from and
        when, breaker what follows from verdicts, and runs how much is done at once, not what data
        should be.
        """
        beside = {"source", "calendar", "freshness", "breaker", "runs"}
        said = self.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=beside)
        for column in said["columns"].values():
            del column["unit"]
        return said

    def model_copy(
        self, *, update: Mapping[str, Any] | None = None, deep: bool = False
    ) -> Contract:
        """Return a copy with some keys changed; its name is its own."""
        found = super().model_copy(update=update, deep=deep)
        for cached in ("digest", "laws"):  # pydantic copies what was cached, too
            found.__dict__.pop(cached, None)
        return found

    @cached_property
    def laws(self) -> list[InvariantRule]:
        """Return what each row keeps by itself: the invariants, and what episodes ask for."""
        return [*self.invariants, *(self.episodes.laws() if self.episodes else ())]

    def ruled(self) -> list[Family]:
        """Return the families this contract has rules for, in a fixed order."""
        about_rows = bool(
            self.invariants or self.ordering or self.book or self.copies or self.episodes
        )
        return [f for f in FAMILIES if (about_rows if f == "invariants" else getattr(self, f))]

    @model_validator(mode="after")
    def _agrees(self) -> Contract:
        if found := list(faults(self)):
            raise Inconsistent(found)
        return self
