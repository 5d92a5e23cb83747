"""Steps of the best prices: against a book kept by hand, and against books that lie."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from karat.states import BookSteps
from karat.states.picked import Picked, Rows, stored

SNAPSHOT, DELTA, TRADE = 1, 2, 3
Row = tuple[int, int, int, int]


def told(rows: list[Row]) -> list[list[int | None]]:
    """Return book events: each row and the best bid and ask after it, from a plain dict."""
    book: dict[int, dict[int, int]] = {1: {}, -1: {}}
    found = []
    for number, (kind, side, price, size) in enumerate(rows):
        if kind == DELTA:
            book[side].pop(price, None)
            if size:
                book[side][price] = size
        bid, ask = max(book[1], default=None), min(book[-1], default=None)
        best = [bid, book[1].get(bid or 0), ask, book[-1].get(ask or 0)]
        found.append([kind, side, price, size, *best, number])
    return found


def state(rows: list[list[int | None]]) -> Any:
    columns = zip(*rows, strict=True) if rows else [()] * 9
    return BookSteps().observe(*(pa.array(column, pa.int64()) for column in columns)).inner


messages = st.lists(
    st.tuples(
        st.sampled_from([DELTA, DELTA, DELTA, TRADE]),
        st.sampled_from([1, -1]),
        st.integers(1, 6),
        st.integers(0, 2),
    ),
    max_size=60,
)


@settings(max_examples=200, deadline=None, database=None)
@given(messages)
def test_a_book_that_is_kept_explains_every_step(rows: list[Row]) -> None:
    found = state(told(rows))
    assert (found.checked, found.violations) == (max(len(rows) - 1, 0), 0)


LEVELS: list[Row] = [(DELTA, 1, 5, 3), (DELTA, -1, 8, 2), (DELTA, 1, 6, 1), (TRADE, 1, 8, 1)]


@pytest.mark.parametrize("column", [4, 5, 6, 7])
@pytest.mark.parametrize("row", [1, 2, 3])
def test_a_best_price_or_size_nobody_set_is_found_where_it_is(row: int, column: int) -> None:
    rows = told(LEVELS)
    rows[row][column] = 77
    assert (state(rows).first, state(rows).violations > 0) == (row, True)


def test_a_message_that_is_missing_betrays_itself() -> None:
    rows = told([*LEVELS, (DELTA, 1, 6, 0), (DELTA, 1, 2, 4)])
    assert state(rows).violations == 0
    assert state(rows[:4] + rows[5:]).first == 5


def test_a_snapshot_may_replace_the_book() -> None:
    rows = told(LEVELS)
    rows.append([SNAPSHOT, 1, 90, 4, 90, 4, 99, 1, 9])
    assert state(rows).violations == 0
    rows[-1][0] = DELTA
    assert state(rows).first == 9


@pytest.mark.parametrize("compiled", [True, False])
@settings(max_examples=8, deadline=None, database=None)
@given(rows=messages.filter(bool), seed=st.integers(0, 2**32))
def test_narrow_codes_and_rows_without_a_value_find_the_same(
    compiled: bool, rows: list[Row], seed: int
) -> None:
    rng = default_rng(seed)
    many = [list(row) for row in told(rows) * (2500 // len(rows))]
    for _ in range(3):
        many[int(rng.integers(len(many)))][int(rng.integers(4, 8))] = 77
        many[int(rng.integers(len(many)))][int(rng.integers(2))] = int(rng.choice([0, 1, 5]))
    columns = list(zip(*many, strict=True))
    kinds = [pa.int8(), pa.int8(), *[pa.int64()] * 7]
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("karat.states.book_steps.pays", lambda _: compiled)
        for codes in (kinds, [pa.int64()] * 9, [pa.int8(), *[pa.int64()] * 8]):
            arrays = (pa.array(c, kind) for c, kind in zip(columns, codes, strict=True))
            picked = [Picked(stored(array), Rows(len(many))) for array in arrays]
            found.append(BookSteps().observe(*picked))
    assert found[0] == found[1] == found[2]
    assert found[0].inner == BookSteps().observe(*(pa.array(c, pa.int64()) for c in columns)).inner
    assert found[0].inner.violations > 0
