"""Golden cells of many days against one list of all their values: points, counts, what is left."""

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.golden.cells import FINER, counted, joined, points_of, thinned, without
from karat.states import ReferenceCounts

DAYS = st.lists(st.lists(st.integers(-40, 40), max_size=60), max_size=5)
CELLS = st.none() | st.integers(1, 6)


def columns(days: list[list[int]], kind: type = np.int64) -> list[np.ndarray]:
    return [np.array(values, kind) for values in days]


@given(DAYS, CELLS)
def test_points_are_values_that_some_day_has(days: list[list[int]], cells: int | None) -> None:
    found = points_of(columns(days), cells)
    every = {value for day in days for value in day}
    assert set(found.points.tolist()) <= every
    assert found.points.tolist() == sorted(set(found.points.tolist()))
    assert not found.golden.any(), "cells are counted afterwards"
    if cells is None:
        assert set(found.points.tolist()) == every
    else:
        assert len(found.points) <= cells
        assert len(found.points) >= min(len(every), 1) or cells == 1


@given(st.lists(st.integers(-40, 40), max_size=90), st.integers(1, 6))
def test_a_thinned_day_keeps_at_most_four_points_a_cell(values: list[int], cells: int) -> None:
    column = np.array(values, np.int64)
    assert thinned(column, cells).points.size <= FINER * cells
    assert thinned(column, cells).golden.sum() == len(values)
    assert thinned(column, None).points.tolist() == sorted(set(values))


@given(DAYS, CELLS)
def test_joined_days_in_any_order_of_exact_points_are_the_same(
    days: list[list[int]], cells: int | None
) -> None:
    few = [sorted(set(day))[:3] for day in days]
    if cells is not None and len({v for day in few for v in day}) > cells:
        return
    states = [thinned(column, cells) for column in columns(few)]
    there, back = joined(states, cells), joined(reversed(states), cells)
    assert there.points.tolist() == back.points.tolist()
    assert there.points.tolist() == sorted({value for day in few for value in day})


@given(DAYS, CELLS)
def test_counts_are_those_of_every_value_by_hand(days: list[list[int]], cells: int | None) -> None:
    """At each point the rows of that value, in each gap the rows between two points."""
    bare = points_of(columns(days), cells)
    whole = counted(bare, [bare.observe(column) for column in columns(days)])
    values = Counter(value for day in days for value in day)
    points = whole.points.tolist()
    edges = [-(10**6), *points, 10**6]
    for n, point in enumerate(points):
        assert whole.golden[2 * n + 1] == values[point]
    for n, (low, high) in enumerate(itertools.pairwise(edges)):
        between = sum(count for value, count in values.items() if low < value < high)
        assert whole.golden[2 * n] == between


@given(DAYS.filter(len), CELLS, st.data())
def test_a_day_left_out_leaves_the_others(
    days: list[list[int]], cells: int | None, data: st.DataObject
) -> None:
    bare = points_of(columns(days), cells)
    states = [bare.observe(column) for column in columns(days)]
    at = data.draw(st.integers(0, len(days) - 1))
    left = without(counted(bare, states), states[at])
    others = counted(bare, states[:at] + states[at + 1 :])
    assert np.array_equal(left.golden, others.golden)
    assert np.array_equal(left.points, others.points)


@given(DAYS, st.integers(1, 6))
def test_what_is_left_out_and_counted_is_no_other_object(days: list[list[int]], cells: int) -> None:
    bare = points_of(columns(days), cells)
    states = [bare.observe(column) for column in columns(days)]
    whole = counted(bare, states)
    before = whole.golden.copy()
    for state in states:
        without(whole, state)
    assert np.array_equal(whole.golden, before)
    assert not bare.golden.any()


@pytest.mark.parametrize("kind", [np.int64, np.float64])
def test_a_day_without_values_among_others_has_no_say(kind: type) -> None:
    some = columns([[3, 1, 2], [5, 1]], kind)
    empty = np.empty(0, np.int64)
    for days in ([empty, *some], [some[0], empty, some[1]], [*some, empty]):
        found = points_of(days, 8)
        assert found.points.tolist() == [1, 2, 3, 5]
        assert found.points.dtype == kind
    assert points_of([], 8).points.size == points_of([empty], None).points.size == 0
    assert isinstance(points_of([], None), ReferenceCounts)
