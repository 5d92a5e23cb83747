"""What must hold in every row, by hand: rules, order, steps of the book, continuity."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import pyarrow as pa

from karat.contracts import BookRule, Contract, InvariantRule, OrderRule, chosen
from karat.explanation.choosing import cells, chosen_rows
from karat.explanation.worked import Worked, listed

TOLD: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
    "!=": operator.ne,
}
CARRY, SNAPSHOT, DELTA, TRADE = range(4)


def by_rule(worked: Worked, contract: Contract, rule: InvariantRule, table: pa.Table) -> None:
    """Work out how many rows break ``left op right``."""
    at = chosen_rows(worked, table, chosen(contract, rule.rows))
    left = cells(table, rule.left)
    right = [rule.right] * len(left) if isinstance(rule.right, int) else cells(table, rule.right)
    both = [n for n in at if left[n] is not None and right[n] is not None]
    bad = [n for n in both if not TOLD[rule.op](left[n], right[n])]
    worked.say(f"{len(both):,} of them have both sides of {rule.left} {rule.op} {rule.right}")
    counted(worked, contract, table, both, bad, rule.allowance)


def by_order(worked: Worked, contract: Contract, rule: OrderRule, table: pa.Table) -> None:
    """Work out how many rows come before their turn."""
    at = chosen_rows(worked, table, chosen(contract, rule.rows))
    values = cells(table, rule.column)
    there = [n for n in at if values[n] is not None]
    breaks = operator.le if rule.order == "rising" else operator.lt
    bad = [late for early, late in pairwise(there) if breaks(values[late], values[early])]
    worked.say(f"each of {len(there):,} values of {rule.column} is held against the one before")
    counted(worked, contract, table, there, bad, rule.allowance)


def by_book(worked: Worked, contract: Contract, rule: BookRule, table: pa.Table) -> None:
    """Work out which steps of the best prices the rows' own levels do not explain."""
    named = {name: cells(table, getattr(rule, name)) for name in type(rule).model_fields
             if name not in ("allowance", "severity")}  # fmt: skip
    rows = [{name: values[n] for name, values in named.items()} for n in range(table.num_rows)]
    steps = list(range(1, len(rows)))
    bad = [n for n in steps if not _follows(rows[n - 1], rows[n])]
    worked.say(f"each of {len(steps):,} rows is held against the row before it")
    counted(worked, contract, table, steps, bad, rule.allowance)
    if bad:
        worked.show(table, [n + step for n in bad[:5] for step in (-1, 0)])


def _follows(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    if after["kind"] in (CARRY, SNAPSHOT):
        return True
    return all(_side_follows(before, after, side) for side in ("bid", "ask"))


def _side_follows(before: Mapping[str, Any], after: Mapping[str, Any], side: str) -> bool:
    """Return whether one side is what the row's level makes of it."""
    best, size = f"best_{side}", f"{side}_size"
    old, new, price = before[best], after[best], after["price"]
    mine = after["kind"] == DELTA and after["side"] == (1 if side == "bid" else -1)
    better = operator.ge if side == "bid" else operator.le
    if mine and price is not None and after["size"] is not None:
        if after["size"] > 0 and (old is None or better(price, old)):
            return bool(new == price and after[size] == after["size"])
        if after["size"] == 0 and price == old:
            return bool(new is None or (new != old and better(old, new)))
    return bool(new == old and after[size] == before[size])


def counted(
    worked: Worked,
    contract: Contract,
    table: pa.Table,
    checked: list[int],
    bad: list[int],
    allowed: int,
) -> None:
    """Say how many of the `checked` rows are `bad`, and show the first of them."""
    locator = cells(table, contract.locator)
    worked.found(checked=len(checked), violations=len(bad), allowance=allowed)
    worked.say(f"{len(bad):,} of {len(checked):,} break it, {allowed:,} may")
    if bad:
        first = locator[bad[0]]
        worked.found(first=first)
        worked.say(f"the first are at {contract.locator} {listed([locator[n] for n in bad])}")
        worked.show(table, bad)


def by_sequence(worked: Worked, contract: Contract, table: pa.Table) -> None:
    """Work out the gaps and overlaps of deltas, and the gaps and repeats of trade ids."""
    rule = contract.sequence
    if rule is None:
        return
    kinds, ids, before = (cells(table, n) for n in (rule.kind, rule.id, rule.previous))
    deltas, gaps, missing, overlaps = _linked(kinds, ids, before)
    trades = [n for n, kind in enumerate(kinds) if kind == TRADE]
    pairs = list(pairwise(trades))
    skips = [b for a, b in pairs if ids[b] > ids[a] + 1]
    repeats = [b for a, b in pairs if ids[b] <= ids[a]]
    worked.say(
        f"{deltas:,} deltas: each begins where the message before it ended",
        f"{len(gaps):,} begin later (gaps), {len(overlaps):,} earlier (overlaps)",
        f"{len(trades):,} trades: {len(skips):,} skip an id, {len(repeats):,} repeat one",
    )
    worked.found(deltas=deltas, gaps=len(gaps), overlaps=len(overlaps), missing=missing)
    worked.found(trade_gaps=len(skips), trade_repeats=len(repeats))
    bad = sorted([*gaps, *overlaps, *skips, *repeats])
    if gaps:
        worked.say(
            f"the first gap is before {rule.id} {ids[gaps[0]]}, {rule.previous} {before[gaps[0]]}"
        )
    worked.show(table, [n + step for n in bad[:5] for step in (-1, 0) if n + step >= 0])


def _linked(
    kinds: list[int], ids: list[int], before: list[int | None]
) -> tuple[int, list[int], int, list[int]]:
    """Return the deltas, where gaps are, how many ids they hold, and where overlaps are."""
    gaps, overlaps, missing, deltas = [], [], 0, 0
    last: tuple[int, int] | None = None
    for n, (kind, own) in enumerate(zip(kinds, ids, strict=True)):
        if kind > DELTA:
            continue
        begins, begun = (kind, own) != last, last
        last = (kind, own)
        if not begins or kind != DELTA:
            continue
        deltas, needed = deltas + 1, before[n]
        if begun is None or needed is None:
            continue
        if needed > begun[1]:
            gaps.append(n)
            missing += needed - begun[1]
        elif not (begun[1] <= own if begun[0] == SNAPSHOT else needed == begun[1]):
            overlaps.append(n)
    return deltas, gaps, missing, overlaps
