"""Movement, even steps and digits of windows against every window written out, wherever cut."""

from __future__ import annotations

from collections import Counter
from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.errors import InputError
from karat.states import (
    Atoms,
    Clocked,
    Counts,
    Difference,
    Even,
    LastDigits,
    Movement,
    Windowed,
    WindowFunction,
)

LEAST, MOST = -(2**63), 2**63 - 1
value = st.one_of(st.integers(-9, 9), st.integers(LEAST, MOST), st.sampled_from([LEAST, MOST]))
rows = st.lists(value, max_size=40)
cuts = st.lists(st.integers(0, 40), max_size=5)
few = settings(max_examples=80)


def counted(function: WindowFunction, width: int, values: list[int], at: list[int]) -> Counts:
    """Return how often each value of a window comes, of rows cut at `at` and merged."""
    stat = Windowed(width, function, Atoms())
    edges = sorted(min(one, len(values)) for one in at)
    parts = np.split(np.array(values, np.int64), edges)
    return reduce(stat.merge, [stat.observe(part) for part in parts]).inner


def counts(state: Counts) -> dict[int, int]:
    return dict(zip(state.cells.tolist(), state.counts.tolist(), strict=True))


def windows(values: list[int], width: int) -> list[list[int]]:
    return [values[at : at + width] for at in range(len(values) - width + 1)]


def clipped(number: int) -> int:
    return min(max(number, LEAST), MOST)


@few
@given(rows, st.integers(1, 6), cuts)
def test_a_movement_is_a_difference_without_its_sign(
    values: list[int], width: int, at: list[int]
) -> None:
    exact = Counter(min(abs(w[-1] - w[0]), MOST) for w in windows(values, width))
    assert counts(counted(Movement(), width, values, at)) == exact
    signed = Counter(clipped(w[-1] - w[0]) for w in windows(values, width))
    assert counts(counted(Difference(), width, values, at)) == signed


@few
@given(rows, cuts)
def test_even_steps_differ_by_one_at_most(values: list[int], at: list[int]) -> None:
    def even(a: int, b: int, c: int) -> int:
        # A step that int64 cannot hold counts as the largest that it can.
        return int(abs(clipped(clipped(c - b) - clipped(b - a))) <= 1)

    exact = Counter(even(*w) for w in windows(values, 3))
    assert counts(counted(Even(), 3, values, at)) == exact


@few
@given(rows, st.integers(1, 18), st.integers(1, 4), cuts)
def test_digits_are_those_of_the_last_row(
    values: list[int], digits: int, width: int, at: list[int]
) -> None:
    exact = Counter(int(str(abs(w[-1]))[-digits:]) for w in windows(values, width))
    assert counts(counted(LastDigits(digits), width, values, at)) == exact


@few
@given(st.lists(st.integers(LEAST // 2, MOST // 2), max_size=30), st.integers(1, 5))
def test_moving_all_rows_alike_moves_no_window(values: list[int], width: int) -> None:
    for function in (Movement(), Difference()):
        there = counted(function, width, values, [])
        assert counted(function, width, [one + 12_345 for one in values], []) == there
    mirrored = [-one for one in values]
    assert counted(Movement(), width, mirrored, []) == counted(Movement(), width, values, [])


@pytest.mark.parametrize("width", [1, 2, 4, 9])
def test_even_steps_are_of_three_rows(width: int) -> None:
    with pytest.raises(InputError, match=f"windows of 3 rows, not of {width}"):
        Windowed(width, Even(), Atoms()).observe(np.arange(20))


@pytest.mark.parametrize("function", [Movement(), Difference(), Even()], ids=repr)
def test_a_difference_is_of_one_column(function: WindowFunction) -> None:
    with pytest.raises(InputError, match="of one column, 2 were given"):
        function(np.zeros((9, 2), np.int64), 3)


def test_every_function_has_a_name_of_its_own() -> None:
    plain: list[WindowFunction] = [Movement(), Difference(), Even(), LastDigits(1), LastDigits(2)]
    keys = {f.key() for f in (*plain, *map(Clocked, plain))}
    assert len(keys) == 10
    assert len({Windowed(width, f, Atoms()).key() for f in plain for width in (1, 3)}) == 10


@pytest.mark.parametrize("count", [0, 19, -1])
def test_digits_that_int64_does_not_have_are_refused(count: int) -> None:
    with pytest.raises(InputError, match="1 to 18"):
        Windowed(1, LastDigits(count), Atoms()).observe(np.arange(3))
