"""Values that any rule of a contract may hold: names, whole numbers, shares, words."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

Family = Literal["invariants", "sequence", "paired", "unpaired"]
Role = Literal["gate", "warn"]
Operator = Literal["<", "<=", "==", ">=", ">", "!="]
ColumnType = Literal["int8", "int16", "int32", "int64", "double", "string", "bool"]
FAMILIES: tuple[Family, ...] = ("invariants", "sequence", "paired", "unpaired")
Name = Annotated[str, Field(min_length=1)]
Whole = Annotated[int, Field(ge=-(1 << 63), lt=1 << 63)]
DatasetName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


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


WRITTEN = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": 1},
        {"type": "string", "pattern": r"^\s*[0-9._]+([eE][-+]?[0-9]+)?(/[0-9_]+)?\s*$"},
    ],
    "description": "A share between 0 and 1, such as 0.001 or 1/20.",
}
"""A share as JSON Schema sees it."""
Share = Annotated[str, BeforeValidator(_text), AfterValidator(_share), WithJsonSchema(WRITTEN)]
InnerShare = Annotated[Share, AfterValidator(_inside)]


class Part(BaseModel):
    """A part of a contract: it never changes, and an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
