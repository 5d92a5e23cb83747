"""What a contract may say; every field is checked, and an unknown key is refused."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from karat.contracts.consistency import Inconsistent, faults
from karat.digest import digest

Family = Literal["invariants", "sequence", "paired", "unpaired"]
Role = Literal["gate", "warn"]
Operator = Literal["<", "<=", "==", ">=", ">", "!="]
Name = Annotated[str, Field(min_length=1)]
Whole = Annotated[int, Field(ge=-(1 << 63), lt=1 << 63)]
ColumnType = Literal["int8", "int16", "int32", "int64", "double", "string", "bool"]
DatasetName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Kind = Literal["ks", "total_variation", "atom", "acf", "variance_ratio"]
KINDS: tuple[Kind, ...] = get_args(Kind)
OF = ("value", "change", "movement", "last_digits")
TAKEN_BY = {
    "over": [(kind, of) for kind in KINDS for of in ("change", "movement")],
    "digits": [(kind, "last_digits") for kind in KINDS],
    "cells": [("ks", of) for of in OF],
    "tolerance": [("ks", of) for of in OF],
    "lags": [("acf", of) for of in OF],
    "steps": [("variance_ratio", "value")],
}
"""Keys of a distance rule that only some kinds take."""
FAMILIES: tuple[Family, ...] = ("invariants", "sequence", "paired", "unpaired")


def _text(value: object) -> object:
    # YAML reads 0.05 as a float; its shortest text is what was written, and stays exact.
    return str(value) if isinstance(value, int | float) else value


def _share(value: str) -> str:
    try:
        share = Fraction(value)
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError("write a share between 0 and 1, such as 0.001") from error
    if not 0 <= share <= 1:
        raise ValueError("a share lies between 0 and 1")
    return _spelled(share)


def _spelled(share: Fraction) -> str:
    """Return the one spelling of a share, so that 0.05, 0.050 and 1/20 are one contract."""
    decimal = Decimal(share.numerator) / Decimal(share.denominator)
    return format(decimal.normalize(), "f") if Fraction(decimal) == share else str(share)


def _inside(value: str) -> str:
    if not 0 < Fraction(value) < 1:
        raise ValueError("a share above 0 and below 1 is needed")
    return value


Share = Annotated[str, BeforeValidator(_text), AfterValidator(_share)]
InnerShare = Annotated[Share, AfterValidator(_inside)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnSpec(_Model):
    """A column's Arrow type, and its unit in words."""

    type: ColumnType
    unit: str
    nullable: bool = False


class Condition(_Model):
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


class InvariantRule(_Model):
    """``left op right`` in every row; `right` is a column or a whole number."""

    name: Name
    left: Name
    op: Operator
    right: Whole | str
    rows: str | None = None
    allowance: Annotated[int, Field(ge=0)] = 0


class SequenceRule(_Model):
    """Which columns tell the order of messages, and how many faults of each sort are allowed."""

    kind: Name
    previous: Name
    id: Name
    gaps: Annotated[int, Field(ge=0)] = 0
    overlaps: Annotated[int, Field(ge=0)] = 0
    trade_gaps: Annotated[int, Field(ge=0)] = 0
    trade_repeats: Annotated[int, Field(ge=0)] = 0


class PairedRule(_Model):
    """What a census against the golden capture of the same interval must show."""

    rows: str
    id: Name
    fields: Annotated[tuple[Name, ...], Field(min_length=4, max_length=4)]
    min_compared: Annotated[int, Field(ge=1)]
    min_coverage: Share
    rebuild_suspect: Share = "0"
    golden_suspect: Share = "0.001"


class DistanceRule(_Model):
    """A distance of one column of a candidate from the golden days.

    `of` says what of the column: its values, their change or movement (change without its sign)
    over some rows, or their last decimal digits. `cells` belongs to ks (without it every golden
    value is a cell), `lags` to acf, `steps` to variance_ratio. A ks distance with a `tolerance`
    has to be shown to lie within it.
    """

    name: Name
    kind: Kind = "ks"
    column: Name
    rows: str | None = None
    of: Literal["value", "change", "movement", "last_digits"] = "value"
    over: Annotated[int, Field(ge=1)] = 1
    digits: Annotated[int, Field(ge=1, le=18)] = 1
    cells: Annotated[int, Field(ge=1)] | None = 4096
    lags: Annotated[int, Field(ge=1)] = 1
    steps: Annotated[int, Field(ge=2)] = 2
    tolerance: InnerShare | None = None
    min_rows: Annotated[int, Field(ge=1)] = 100

    @cached_property
    def digest(self) -> str:
        """Return the name of what is measured; thresholds and the rule's own name are no part."""
        measured = self.model_dump(mode="json", exclude={"name", "tolerance", "min_rows", "rows"})
        return digest("distance rule/1", json.dumps(measured, sort_keys=True))

    @model_validator(mode="after")
    def _says_what_its_kind_takes(self) -> DistanceRule:
        for key, wanted in TAKEN_BY.items():
            if key in self.model_fields_set and (self.kind, self.of) not in wanted:
                takers = ", ".join(sorted({f"{kind} of {of}" for kind, of in wanted}))
                raise ValueError(f"{key} says nothing for {self.kind} of {self.of}; for {takers}")
        if self.kind == "variance_ratio" and self.of != "value":
            raise ValueError("variance_ratio takes the changes itself: leave `of` out")
        return self


class BlockRule(_Model):
    """Blocks of time, by whose differences dependent rows are counted as fewer (n_eff)."""

    time: Name
    width_ns: Annotated[int, Field(ge=1)]
    cuts: Annotated[int, Field(ge=1)] = 32


class UnpairedRule(_Model):
    """Distances to golden days, and the share of healthy partitions that may fail.

    `strata` compares like with like: days of one weekday, or hours of one hour of the day.
    """

    alpha: InnerShare
    distances: Annotated[tuple[DistanceRule, ...], Field(min_length=1)]
    blocks: BlockRule | None = None
    strata: Literal["none", "weekday", "hour"] = "none"


class Contract(_Model):
    """One dataset's written rules."""

    dataset: DatasetName
    first_day: date
    columns: Annotated[dict[Name, ColumnSpec], Field(min_length=1)]
    rows: dict[Name, tuple[Condition, ...]] = {}
    families: dict[Family, Role]
    locator: Name
    invariants: tuple[InvariantRule, ...] = ()
    sequence: SequenceRule | None = None
    paired: PairedRule | None = None
    unpaired: UnpairedRule | None = None

    @cached_property
    def digest(self) -> str:
        """Return the contract's name: of what it rules, not of how it is written.

        A key left at its default is as one not written, so that a key which is added to karat
        later changes no contract that does not use it. Units in words rule nothing.
        """
        said = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        for column in said["columns"].values():
            del column["unit"]
        return digest("contract/2", json.dumps(said, sort_keys=True))

    def ruled(self) -> list[Family]:
        """Return the families this contract has rules for, in a fixed order."""
        return [family for family in FAMILIES if getattr(self, family)]

    @model_validator(mode="after")
    def _agrees(self) -> Contract:
        if found := list(faults(self)):
            raise Inconsistent(found)
        return self
