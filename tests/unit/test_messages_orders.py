"""Single orders: the book they make against one kept in plain lists, and as a carry."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.errors import CorruptError
from karat.messages import Carry
from karat.messages.orders import Orders, levels_of
from karat.messages.resting import Change, RestingOrders

Row = tuple[int, int, int, int]
steps = st.lists(
    st.one_of(
        st.tuples(
            st.integers(1, 6), st.sampled_from([1, -1]), st.integers(1, 4), st.integers(0, 3)
        ),
        st.integers(1, 6),
    ),
    max_size=40,
)


class Plain:
    """Orders in the order in which they came to where they are."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def put(self, row: Row) -> None:
        at = [n for n, old in enumerate(self.rows) if old[:3] == row[:3]]
        if at and row[3]:
            self.rows[at[0]] = row
            return
        self.take(row[0])
        self.rows += [row] if row[3] else []

    def take(self, order_id: int) -> None:
        self.rows = [row for row in self.rows if row[0] != order_id]

    def sums(self) -> dict[tuple[int, int], int]:
        found: dict[tuple[int, int], int] = {}
        for _, side, price, size in self.rows:
            found[side, price] = found.get((side, price), 0) + size
        return found

    def first_at_best(self, side: int) -> int | None:
        own = [row for row in self.rows if row[1] == side]
        best = max((side * row[2] for row in own), default=None)
        return next((row[0] for row in own if side * row[2] == best), None)


def changed(changes: Sequence[Change], before: Plain, after: Plain) -> None:
    """Check that `changes` name every level that differs, each as it stands now."""
    old, new = before.sums(), after.sums()
    assert {c[:2] for c in changes} >= {p for p in old | new if old.get(p) != new.get(p)}
    assert all(new.get((c.side, c.price_ticks), 0) == c.size_lots for c in changes)


@given(steps)
def test_a_book_of_orders_is_that_of_a_list(plan: list[Row | int]) -> None:
    book, plain = RestingOrders(), Plain()
    for step in plan:
        before = Plain()
        before.rows = list(plain.rows)
        if isinstance(step, int):
            plain.take(step)
            changes = book.take(step)
        else:
            plain.put(step)
            changes = book.put(*step)
        changed(changes, before, plain)
        assert [book.first_at_best(side) for side in (1, -1)] == [
            plain.first_at_best(side) for side in (1, -1)
        ]
    found = sorted(zip(*(c.tolist() for c in book.orders()), strict=True))
    assert found == sorted(plain.rows)
    again = RestingOrders.of(book.orders())
    assert [again.first_at_best(side) for side in (1, -1)] == [
        plain.first_at_best(side) for side in (1, -1)
    ]


def orders(rows: list[Row]) -> Orders:
    order_id, side, ticks, lots = np.array(rows, np.int64).reshape(-1, 4).T.copy()
    return Orders(order_id, side.astype(np.int8), ticks, lots)


rests = st.lists(
    st.tuples(
        st.integers(1, 2**62), st.sampled_from([1, -1]), st.integers(1, 9), st.integers(1, 5)
    ),
    max_size=12,
    unique_by=lambda row: row[0],
)


@given(rests, st.integers(0, 2**62))
def test_a_carry_of_orders_keeps_them_and_sums_their_levels(rows: list[Row], sequence: int) -> None:
    carry = Carry.of_orders(sequence, orders(rows))
    again = Carry.decode(carry.encode(), carry.digest)
    assert again == carry
    assert again.orders is not None
    assert list(zip(*(c.tolist() for c in again.orders), strict=True)) == rows
    sums: dict[tuple[int, int], int] = {}
    for _, side, price, size in rows:
        sums[side, price] = sums.get((side, price), 0) + size
    bids, asks = ([p for s, p in sums if s == side] for side in (1, -1))
    assert again.bid_ticks.tolist() == sorted(bids)
    assert again.ask_ticks.tolist() == sorted(asks, reverse=True)
    assert again.bid_lots.tolist() == [sums[1, price] for price in sorted(bids)]
    assert levels_of(again.orders, -1)[1].tolist() == again.ask_lots.tolist()


def test_a_carry_of_orders_is_not_one_of_its_levels() -> None:
    one = Carry.of_orders(7, orders([(1, 1, 50, 2), (2, 1, 50, 3)]))
    other = Carry.of_orders(7, orders([(2, 1, 50, 3), (1, 1, 50, 2)]))
    levels = Carry(7, one.bid_ticks, one.bid_lots, one.ask_ticks, one.ask_lots)
    assert len({one, other, levels}) == 3  # who came first is part of the book
    with pytest.raises(CorruptError, match="holds the book"):
        Carry.decode(other.encode(), one.digest)


def test_a_damaged_carry_of_orders_is_refused() -> None:
    carry = Carry.of_orders(7, orders([(1, 1, 50, 2)]))
    table = pa.ipc.open_file(pa.BufferReader(carry.encode())).read_all()
    sink = pa.BufferOutputStream()
    short = table.drop_columns(["price_ticks"])
    with pa.ipc.new_file(sink, short.schema) as writer:
        writer.write_table(short)
    with pytest.raises(CorruptError, match="has columns"):
        Carry.decode(bytes(sink.getvalue().to_pybytes()), carry.digest)
