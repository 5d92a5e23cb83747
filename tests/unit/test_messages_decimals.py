from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.errors import InputError
from karat.messages import Instrument
from karat.messages.fixed_point import decimal_text, e8, steps_of, whole_units
from karat.messages.json_rows import DECIMAL
from karat.messages.levels import listed_levels, single_levels

ROWS = np.arange(1, 100)
UNIT = Instrument("v-m-a", "2000-01-01", 10, 1, "1", "A")
texts = st.builds(
    lambda whole, part, places: f"{whole}.{part:0{places}d}" if places else str(whole),
    *(st.integers(0, 9_999_999_999), st.integers(0, 9), st.integers(0, 8)),
)


def decimals(*values: str | None) -> pa.Array:
    return pa.array([None if v is None else Decimal(v) for v in values]).cast(DECIMAL)


def lists(*messages: list[list[str] | None]) -> pa.Array:
    nested = [[p if p is None else [Decimal(v) for v in p] for p in pairs] for pairs in messages]
    return pa.array(nested, pa.list_(pa.list_(DECIMAL)))


@given(st.lists(texts, min_size=1, max_size=20), st.sampled_from([1, 100, 10**6, 10**7, 10**8]))
def test_units_are_those_of_decimal_arithmetic(values: list[str], step_e8: int) -> None:
    step = Decimal(step_e8) / 10**8
    whole = [str(Decimal(v) // step * step) for v in values]
    numbers, unfit = e8(decimals(*whole))
    units = whole_units(numbers, step_e8, ROWS, "price", "x")
    assert not unfit.any()
    assert units.dtype == np.int64
    assert units.tolist() == [int(Decimal(v) / step) for v in whole]


@given(texts, st.integers(2, 10**9))
def test_what_is_off_the_step_is_refused(value: str, step_e8: int) -> None:
    e8_value = int(Decimal(value) * 10**8)
    if e8_value % step_e8 == 0:
        assert whole_units(np.array([e8_value]), step_e8, ROWS, "p", "x")[0] * step_e8 == e8_value
    else:
        with pytest.raises(InputError, match=r"x: row 1: p .* is not a multiple of"):
            whole_units(np.array([e8_value]), step_e8, ROWS, "p", "x")


def test_what_is_below_zero_is_called_so() -> None:
    with pytest.raises(InputError, match="x: row 1: price -5 is below zero: correct the row"):
        whole_units(np.array([-5 * 10**8]), 10**8, ROWS, "price", "x")
    with pytest.raises(InputError, match="x: row 1: price -5 is below zero: correct the row"):
        steps_of("-5", 10**8, "price", "x: row 1")


def test_a_slice_starts_where_it_says() -> None:
    column = decimals("1", "2", "3", "4")
    assert e8(column[1:3])[0].tolist() == [2 * 10**8, 3 * 10**8]


@given(st.integers(-(2**62), 2**62))
def test_text_is_that_of_decimal(value: int) -> None:
    assert Decimal(decimal_text(value)) == Decimal(value) / 10**8


def test_beyond_64_bits_is_seen() -> None:
    numbers, unfit = e8(decimals("92233720368.54775807", "92233720368.54775808", "-1"))
    assert unfit.tolist() == [False, True, False]
    assert numbers[[0, 2]].tolist() == [2**63 - 1, -(10**8)]


def test_levels_keep_their_messages_and_order() -> None:
    column = lists([["0.0000001", "5"], ["0.0000002", "0"]], [], [["0.000001", "1"]])
    found = listed_levels(column, -1, UNIT, ROWS[:3], "x")
    assert found.per_message.tolist() == [2, 0, 1]
    assert found.side.tolist() == [-1] * 3
    assert found.price_ticks.tolist() == [1, 2, 10]
    assert found.size_lots.tolist() == [5 * 10**8, 0, 10**8]


@pytest.mark.parametrize(
    ("pairs", "why"),
    [
        ([["1"]], "a level is not a"),
        ([["1", "2", "3"]], "a level is not a"),
        ([None], "a level is not a"),
        ([["0.00000015", "1"]], "price 0.00000015 is not a multiple of 0.0000001"),
        ([["-1", "1"]], "price -1 is below zero"),
        ([["1", "-1"]], "size -1 is below zero"),
        ([["92233720368.54775808", "1"]], "a price or size does not fit 64 bits"),
    ],
)
def test_a_bad_level_names_its_message(pairs: list[list[str] | None], why: str) -> None:
    column = lists([["1", "1"]] * 3, [], [["1", "1"], *pairs], [])
    with pytest.raises(InputError, match=f"x: row 17: {why}"):
        listed_levels(column, 1, UNIT, np.array([3, 5, 17, 18]), "x")


def test_a_null_in_a_level_names_its_message() -> None:
    column = pa.array([[[Decimal(1), None]]], pa.list_(pa.list_(DECIMAL)))
    with pytest.raises(InputError, match="x: row 9: a level has a null"):
        listed_levels(column, 1, UNIT, np.array([9]), "x")


def test_trades_are_single_levels() -> None:
    side = np.array([1, -1], np.int8)
    found = single_levels(decimals("1", "2"), decimals("3", "4"), side, UNIT, ROWS[:2], "x")
    assert found.per_message.tolist() == [1, 1]
    assert found.price_ticks.tolist() == [10**7, 2 * 10**7]
    with pytest.raises(InputError, match="x: row 2: the size does not fit"):
        single_levels(decimals("1", "2"), decimals("1", "1e12"), side, UNIT, ROWS[:2], "x")
