"""Null, NaN, infinities and minus zero are counted apart, and what golden cells make of them."""

from __future__ import annotations

from collections import Counter
from math import copysign, inf, isnan, nan

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.distances import ks, total_variation
from karat.errors import CorruptError
from karat.states import ReferenceCounts, SpecialValues
from karat.states.counts import Counts

STAT = SpecialValues()
values = st.lists(st.one_of(st.none(), st.floats(), st.sampled_from([nan, inf, -inf, 0.0, -0.0])))


def sort_of(value: float | None) -> str:
    if value is None:
        return "null"
    if isnan(value):
        return "NaN"
    if value in (inf, -inf):
        return str(value)
    return "-0.0" if value == 0 and copysign(1, value) < 0 else "number"


@given(values)
def test_each_row_is_counted_as_what_it_is(rows: list[float | None]) -> None:
    found = STAT.told(STAT.observe(pa.array(rows, pa.float64())))
    assert found == Counter(sort_of(value) for value in rows)


@given(st.lists(st.one_of(st.none(), st.integers(-9, 9))))
def test_integers_are_numbers_or_null(rows: list[int | None]) -> None:
    found = STAT.told(STAT.observe(pa.chunked_array([pa.array(rows, pa.int64())])))
    assert found == Counter("null" if value is None else "number" for value in rows)


@pytest.mark.parametrize("column", [np.array([nan]), pa.array([None]), np.array([inf, -0.0])])
def test_what_a_rebuild_turns_into_another_is_a_distance(column: object) -> None:
    golden, odd = STAT.observe(np.array([1.0, 0.0])), STAT.observe(column)
    assert total_variation(odd, golden).lower == 1
    assert total_variation(odd, odd).lower == 0


def test_times_that_are_none_are_null() -> None:
    times = np.array(["2026-01-01", "NaT"], "datetime64[ns]")
    assert STAT.told(STAT.observe(times)) == {"number": 1, "null": 1}


def test_golden_cells_take_infinities_for_the_outermost_values() -> None:
    stat = ReferenceCounts.from_golden(np.array([-inf, 1.0, inf]), None)
    state = stat.observe(np.array([-inf, -0.0, 5.0, inf, nan]))
    assert (state.cells.tolist(), state.nulls) == ([1, 2, 4, 5], 1)
    beyond = ReferenceCounts.from_golden(np.array([1.0, 2.0]), None)
    assert ks(beyond, beyond.observe(np.array([inf, 1.0]))) == ks(
        beyond, beyond.observe([9.0, 1.0])
    )


def test_bytes_of_other_cells_are_refused() -> None:
    state = Counts(np.array([5]), np.array([1]), 0)
    with pytest.raises(CorruptError, match="cells that it does not have"):
        STAT.decode(STAT.encode(state))
