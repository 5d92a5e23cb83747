"""What a contract may say about rows: laws that each keeps, their order, whose copies they are."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from karat.contracts.values import Name, Operator, Part, Role, Share, Whole

BOOK = "best prices follow from the rows"
"""Name of what is found under `book`."""

COPIES = "copies of the day before"
"""Name of what is found under `copies`."""


class InvariantRule(Part):
    """``left op right`` in every row; `right` is a column or a whole number.

    With severity warn it is shown and never counted, whatever its family is.
    """

    name: Name
    left: Name
    op: Operator
    right: Whole | str
    rows: str | None = None
    allowance: Annotated[int, Field(ge=0)] = 0
    severity: Role = "gate"


class OrderRule(Part):
    """No row's `column` is less than that of the row before it; rising: nor the same.

    Rows without a value are passed over. `severity` as in an invariant.
    """

    column: Name
    order: Literal["not_falling", "rising"]
    rows: str | None = None
    allowance: Annotated[int, Field(ge=0)] = 0
    severity: Role = "gate"

    @property
    def name(self) -> str:
        """Return what the finding is called."""
        what = f"{self.column} is {self.order.replace('_', ' ')}"
        return f"{what} in {self.rows}" if self.rows else what


class BookRule(Part):
    """Each best price and size follows from the row before it and the row's own level.

    Names the columns of a table of book events, in which a delta's row sets one level.
    """

    kind: Name
    side: Name
    price: Name
    size: Name
    best_bid: Name
    bid_size: Name
    best_ask: Name
    ask_size: Name
    allowance: Annotated[int, Field(ge=0)] = 0
    severity: Role = "gate"

    @property
    def name(self) -> str:
        """Return what the finding is called."""
        return BOOK

    def columns(self) -> tuple[str, ...]:
        """Return the columns in the order that `BookSteps` takes."""
        book = self.best_bid, self.bid_size, self.best_ask, self.ask_size
        return (self.kind, self.side, self.price, self.size, *book)


class CopiesRule(Part):
    """How much of a partition may be a copy of the same instrument's day before.

    Compared are grams of `width` neighbouring rows: the values of `columns`, and the `changes` of
    others since the gram's first row, so that a copy moved to today's prices is one still. Shares
    are of a partition's different grams, told by samples of `size`. `severity` as in an invariant.
    """

    columns: Annotated[tuple[Name, ...], Field(min_length=1)]
    changes: tuple[Name, ...] = ()
    rows: str | None = None
    width: Annotated[int, Field(ge=1, le=64)] = 6
    size: Annotated[int, Field(ge=16)] = 4096
    allowance: Share = "0.0005"
    severity: Role = "gate"
