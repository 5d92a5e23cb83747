"""Columns in few bytes: nothing is lost, numpy and compiled passes agree, repeats take no room."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from karat.compute import packing
from karat.compute.packing import packed

WHOLE = st.integers(-(2**63), 2**63 - 1)
NEAR = st.integers(-3, 3)
COLUMNS = st.lists(WHOLE | NEAR | st.just(10**18), max_size=200).flatmap(
    lambda some: st.lists(st.sampled_from(some), max_size=300) if some else st.just(some)
)


def array(values: list[int]) -> NDArray[np.int64]:
    return np.array(values, np.int64)


def unpacked(rows: int, parts: tuple[Any, ...]) -> list[int]:
    """Return the values again, by the format's own words and Python's integers."""
    marks, least, width, data = parts
    kept = [data[at : at + width] for at in range(0, len(data), width)]
    values = [int.from_bytes(one, "little") + least for one in kept]
    found, before, used = [], 0, 0
    for row in range(rows):
        if marks[row // 8] >> row % 8 & 1:
            before, used = values[used], used + 1
        found.append(before)
    assert used == len(values)
    return found


@pytest.mark.parametrize("compiled", [False, True])
@settings(max_examples=150, deadline=None, database=None)
@given(values=COLUMNS)
def test_what_is_packed_is_unpacked(compiled: bool, values: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(packing, "pays", lambda _: compiled)
        parts = packed(array(values))
    assert unpacked(len(values), parts) == values
    assert len(parts[0]) % 8 == 0  # type: ignore[arg-type]


@settings(max_examples=150, deadline=None, database=None)
@given(values=COLUMNS)
def test_compiled_and_plain_give_the_same_bytes(values: list[int]) -> None:
    found = []
    for compiled in (False, True):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(packing, "pays", lambda _, compiled=compiled: compiled)
            found.append(packed(array(values)))
    assert found[0] == found[1]


@pytest.mark.parametrize(("span", "width"), [(255, 1), (256, 2), (65_536, 4), (2**32, 8)])
def test_values_take_as_few_bytes_as_hold_them(span: int, width: int) -> None:
    marks, least, used, data = packed(array([-40, span - 40]))
    assert (marks[:1], least, used) == (b"\x03", -40, width)  # type: ignore[index]
    assert len(data) == 2 * width  # type: ignore[arg-type]


def test_rows_that_repeat_take_a_bit() -> None:
    marks, _, _, data = packed(np.full(1_000_000, 10**18))
    assert (len(marks), len(data)) == (125_000, 1)  # type: ignore[arg-type]


def test_no_rows() -> None:
    assert packed(array([])) == (b"", 0, 1, b"")
    assert packed(array([0])) != packed(array([]))


@pytest.mark.parametrize("share", [0.02, 0.3, 0.33, 0.95, 1])
def test_bytes_are_the_same_however_many_rows_of_a_word_change(share: float) -> None:
    rng = np.random.default_rng(3)
    values = np.cumsum((rng.random(5000) < share) * rng.integers(1, 9, 5000))
    found = []
    for compiled in (False, True):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(packing, "pays", lambda _, compiled=compiled: compiled)
            found.append(packed(values))
    assert found[0] == found[1]
