"""Random books with carries, snapshots, stale rows and trades, some spoilt: each step by hand."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator, default_rng

from karat.errors import InputError
from karat.states import BookSteps

CARRY, SNAPSHOT, DELTA, TRADE, STALE, DUPLICATE = range(6)
KINDS = [CARRY, SNAPSHOT, *[DELTA] * 10, TRADE, TRADE, STALE, DUPLICATE]
few = settings(max_examples=60)
Book = dict[int, dict[int, int]]


class Told(NamedTuple):
    """A book event: its level, the best prices and sizes after it (None: no such side)."""

    kind: int
    side: int
    price: int | None
    size: int | None
    bid: int | None
    bid_lots: int | None
    ask: int | None
    ask_lots: int | None
    row: int


def best(book: Book, side: int) -> tuple[int | None, int | None]:
    price = max(book[side], key=lambda p: side * p, default=None)
    return price, None if price is None else book[side][price]


def books(seed: int, rows: int, low: int = -4) -> list[Told]:
    """Return rows of a book kept as a dictionary; prices from `low` on, 0 among them."""
    rng, found = default_rng(seed), []
    book: Book = {1: {}, -1: {}}
    for row in range(rows):
        kind, side = int(rng.choice(KINDS)), int(rng.choice([-1, 1]))
        price, size = int(rng.integers(low, low + 9)), int(rng.choice([0, 0, 1, 2, 5]))
        level: tuple[int | None, int | None] = price, size
        if kind in (CARRY, SNAPSHOT):
            book = {s: {int(p): 3 for p in rng.integers(low, low + 9, 3)} for s in (1, -1)}
        elif kind == DELTA and rng.random() < 0.1:
            side, level = 0, (None, None)  # a message that changed no level
        elif kind == DELTA:
            book[side].pop(price, None)
            book[side] |= {price: size} if size else {}
        found.append(Told(kind, side, *level, *best(book, 1), *best(book, -1), row=row))
    return found


def follows(before: Told, after: Told) -> bool:
    """Say of each side in turn what the later row may have done to its best."""
    if after.kind in (CARRY, SNAPSHOT):
        return True
    sides = ((1, before.bid, before.bid_lots, after.bid, after.bid_lots),
             (-1, before.ask, before.ask_lots, after.ask, after.ask_lots))  # fmt: skip
    for side, old, old_lots, new, new_lots in sides:
        here = after.kind == DELTA and after.side == side and after.price is not None
        better = here and (old is None or side * (after.price or 0) >= side * old)
        if here and after.size and better:
            good = (new, new_lots) == (after.price, after.size)
        elif here and not after.size and after.price == old:
            good = new is None or side * new < side * (old or 0)
        else:
            good = (new, new_lots) == (old, old_lots)
        if not good:
            return False
    return True


def observed(rows: list[Told]) -> Any:
    columns = zip(*rows, strict=True) if rows else [()] * 9
    return BookSteps().observe(*(pa.array(column, pa.int64()) for column in columns))


def spoilt(rng: Generator, rows: list[Told]) -> list[Told]:
    """Lose, swap or change some rows as a broken rebuild would."""
    kept = [row for row in rows if rng.random() > 0.05]
    for at in range(len(kept) - 1):
        if rng.random() < 0.05:
            kept[at], kept[at + 1] = kept[at + 1], kept[at]
        if rng.random() < 0.05:
            name = str(rng.choice(["bid", "bid_lots", "ask", "ask_lots", "size", "side", "kind"]))
            kept[at] = kept[at]._replace(**{name: int(rng.choice([-1, 1, 2]))})
    return kept


@few
@given(st.integers(0, 2**32), st.integers(0, 80))
def test_a_book_that_is_kept_explains_every_step(seed: int, rows: int) -> None:
    found = observed(books(seed, rows)).inner
    assert (found.checked, found.violations, found.first) == (max(rows - 1, 0), 0, None)


@few
@given(st.integers(0, 2**32), st.integers(0, 80), st.lists(st.integers(0, 80), max_size=4))
def test_every_step_of_a_spoilt_book_is_judged_as_by_hand(
    seed: int, size: int, at: list[int]
) -> None:
    rows = spoilt(default_rng(seed), books(seed, size))
    broken = [after.row for before, after in pairwise(rows) if not follows(before, after)]
    edges = [0, *sorted(min(one, len(rows)) for one in at), len(rows)]
    state = reduce(BookSteps().merge, [observed(rows[a:b]) for a, b in pairwise(edges)])
    assert state.inner.checked == max(len(rows) - 1, 0)
    assert state.inner.violations == len(broken)
    assert state.inner.first == (broken[0] if broken else None)
    assert BookSteps().encode(state) == BookSteps().encode(observed(rows))


@pytest.mark.parametrize("kind", [TRADE, STALE, DUPLICATE])
def test_only_deltas_touch_the_book(kind: int) -> None:
    rows = [Told(DELTA, 1, 5, 3, 5, 3, None, None, 0), Told(kind, 1, 6, 2, 5, 3, None, None, 1)]
    assert observed(rows).inner.violations == 0
    moved = [rows[0], rows[1]._replace(bid=6, bid_lots=2)]
    assert (observed(moved).inner.violations, observed(moved).inner.first) == (1, 1)


@pytest.mark.parametrize("side", [1, -1])
def test_the_last_level_of_a_side_leaves_nothing(side: int) -> None:
    there = Told(DELTA, side, 0, 3, None, None, None, None, 0)
    names = ("bid", "bid_lots") if side == 1 else ("ask", "ask_lots")
    there = there._replace(**dict(zip(names, (0, 3), strict=True)))
    gone = Told(DELTA, side, 0, 0, None, None, None, None, 1)
    assert observed([there, gone]).inner.violations == 0
    assert observed([there, there._replace(row=1, size=0)]).inner.first == 1


def test_floats_and_columns_of_two_lengths_are_refused() -> None:
    columns = list(zip(*books(1, 3), strict=True))
    arrays: list[Any] = [pa.array(column, pa.int64()) for column in columns]
    for wrong in (pa.array([0.5] * 3), pa.array([1, 2])):
        with pytest.raises(InputError, match=r"floats|one length"):
            BookSteps().observe(*arrays[:2], wrong, *arrays[3:])
