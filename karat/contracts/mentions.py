"""The names that the rules of a contract mention, and where: of columns, and of choices of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from karat.contracts.distance_rules import DistanceRule
    from karat.contracts.model import Contract, PairedRule
    from karat.contracts.row_rules import InvariantRule, OrderRule
    from karat.contracts.trades_rule import TradesRule

BOOK_COLUMNS = (
    "kind", "side", "price", "size", "best_bid", "bid_size", "best_ask", "ask_size"
)  # fmt: skip
Place = tuple[str | int, ...]
Mention = tuple[Place, str]


def columns(contract: Contract) -> Iterator[Mention]:
    """Yield the name of every column that is mentioned, with its place."""
    yield ("locator",), contract.locator
    yield from _of_rows(contract)
    yield from _of_row_rules(contract)
    for part in ("kind", "previous", "id") if contract.sequence else ():
        yield ("sequence", part), getattr(contract.sequence, part)
    if paired := contract.paired:
        yield from _of_paired(("paired",), paired)
        if paired.trades:
            yield from _of_paired(("paired", "trades"), paired.trades)
    if steps := contract.episodes:
        yield from ((("episodes", *place), name) for place, name in steps.mentions())
    for at, distance in enumerate(contract.unpaired.distances if contract.unpaired else ()):
        yield ("unpaired", "distances", at, "column"), distance.column
    if contract.unpaired and contract.unpaired.blocks:
        yield ("unpaired", "blocks", "time"), contract.unpaired.blocks.time


def choices(contract: Contract) -> Iterator[Mention]:
    """Yield the name of every choice of rows that is mentioned, with its place."""
    rules: dict[Place, Sequence[InvariantRule | OrderRule | DistanceRule]]
    rules = {("invariants",): contract.invariants, ("ordering",): contract.ordering}
    if contract.unpaired:
        rules[("unpaired", "distances")] = contract.unpaired.distances
    for place, several in rules.items():
        for at, rule in enumerate(several):
            if rule.rows is not None:
                yield (*place, at, "rows"), rule.rows
    if contract.copies and contract.copies.rows is not None:
        yield ("copies", "rows"), contract.copies.rows
    if contract.paired:
        yield ("paired", "rows"), contract.paired.rows
        if contract.paired.trades:
            yield ("paired", "trades", "rows"), contract.paired.trades.rows


def _of_rows(contract: Contract) -> Iterator[Mention]:
    for name, conditions in contract.rows.items():
        for at, condition in enumerate(conditions):
            yield ("rows", name, at, "column"), condition.column
            if condition.same_as is not None:
                yield ("rows", name, at, "same_as"), condition.same_as


def _of_row_rules(contract: Contract) -> Iterator[Mention]:
    for at, rule in enumerate(contract.invariants):
        yield ("invariants", at, "left"), rule.left
        if isinstance(rule.right, str):
            yield ("invariants", at, "right"), rule.right
    for at, order in enumerate(contract.ordering):
        yield ("ordering", at, "column"), order.column
    for part in BOOK_COLUMNS if contract.book else ():
        yield ("book", part), getattr(contract.book, part)
    for part in ("columns", "changes") if contract.copies else ():
        named = enumerate(getattr(contract.copies, part))
        yield from ((("copies", part, at), name) for at, name in named)


def _of_paired(place: Place, rule: PairedRule | TradesRule) -> Iterator[Mention]:
    yield (*place, "id"), rule.id
    yield from (((*place, "fields", at), name) for at, name in enumerate(rule.fields))
