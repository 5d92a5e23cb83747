from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.errors import CorruptError
from karat.messages import Carry, Messages
from karat.messages.fold import Fold

Plain = tuple[int, int, int, int, Sequence[tuple[int, int, int]]]
MessagesOf = Callable[[Sequence[Plain]], Messages]
sides = st.dictionaries(st.integers(1, 1 << 40), st.integers(1, 1 << 40), max_size=8)


def carry_of(sequence: int, bids: dict[int, int], asks: dict[int, int]) -> Carry:
    up, down = sorted(bids), sorted(asks, reverse=True)
    columns = (up, [bids[p] for p in up], down, [asks[p] for p in down])
    return Carry(sequence, *(np.array(column, np.int64) for column in columns))


GOOD = carry_of(12, {5: 1, 4: 2}, {7: 3})


@given(st.integers(-1, 1 << 60), sides, sides)
def test_bytes_give_the_book_back(
    sequence: int, bids: dict[int, int], asks: dict[int, int]
) -> None:
    carry = carry_of(sequence, bids, asks)
    again = Carry.decode(carry.encode(), carry.digest)
    assert again.sequence == sequence
    for name in ("bid_ticks", "bid_lots", "ask_ticks", "ask_lots"):
        assert getattr(again, name).tolist() == getattr(carry, name).tolist()
    assert again.digest == carry.digest


def test_every_part_of_a_book_is_in_its_name() -> None:
    books = [
        GOOD,
        carry_of(13, {5: 1, 4: 2}, {7: 3}),
        carry_of(12, {5: 2, 4: 2}, {7: 3}),
        carry_of(12, {6: 1, 4: 2}, {7: 3}),
        carry_of(12, {5: 1}, {7: 3, 4: 2}),
        carry_of(12, {}, {}),
    ]
    assert len({book.digest for book in books}) == len(books)


changes = st.lists(
    st.tuples(st.sampled_from([1, -1]), st.integers(1, 9), st.integers(0, 4)), max_size=20
)


@given(history=changes, bids=sides, asks=sides, data=st.data())
def test_the_name_is_of_the_book_and_not_of_its_history(
    messages_of: MessagesOf,
    history: list[tuple[int, int, int]],
    bids: dict[int, int],
    asks: dict[int, int],
    data: st.DataObject,
) -> None:
    levels = [(1, p, q) for p, q in bids.items()] + [(-1, p, q) for p, q in asks.items()]
    kept = {(side, price) for side, price, _ in levels}
    removed = [(s, p, 0) for s, p, _ in history if (s, p) not in kept]
    late = data.draw(st.permutations(levels))
    short, long = Fold(), Fold()
    short.apply(messages_of([(1, 9, 9, 9, levels)]))
    long.apply(messages_of([(1, 1, 1, 1, history), (2, 2, 9, 1, [*removed, *late])]))
    assert long.closing().digest == short.closing().digest == carry_of(9, bids, asks).digest


@given(at=st.integers(0, len(GOOD.encode()) - 1), bit=st.integers(0, 7))
def test_a_changed_byte_never_gives_another_book(at: int, bit: int) -> None:
    data = bytearray(GOOD.encode())
    data[at] ^= 1 << bit
    try:
        book = Carry.decode(bytes(data), GOOD.digest)
    except CorruptError:
        return
    assert book.digest == GOOD.digest


@pytest.mark.parametrize("data", [b"", b"ARROW1", GOOD.encode()[:-9], GOOD.encode()[9:]])
def test_what_cannot_be_read_is_corrupt(data: bytes) -> None:
    with pytest.raises(CorruptError, match=f"carry {GOOD.digest[:12]}"):
        Carry.decode(data, GOOD.digest)


def test_another_book_is_corrupt() -> None:
    other = carry_of(12, {5: 1}, {})
    with pytest.raises(CorruptError, match=f"holds the book {other.digest[:12]}"):
        Carry.decode(other.encode(), GOOD.digest)


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"side": [1], "price": [2]}),
        pa.table({"side": [1], "price_ticks": [2], "size_lots": [3.0]}),
        pa.table({"side": pa.array([1], pa.int8()), "price_ticks": [None], "size_lots": [3]}),
    ],
)
def test_other_columns_are_corrupt(table: pa.Table) -> None:
    sink = pa.BufferOutputStream()
    table = table.replace_schema_metadata({"sequence": "1"})
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(CorruptError, match="has columns"):
        Carry.decode(sink.getvalue().to_pybytes(), GOOD.digest)


def test_carries_are_equal_by_content() -> None:
    one, same = (Carry(7, *(np.array([n]) for n in (1, 2, 3, 4))) for _ in range(2))
    other = Carry(8, *(np.array([n]) for n in (1, 2, 3, 4)))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != "a book"
