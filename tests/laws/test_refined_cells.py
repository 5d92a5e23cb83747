"""Refining where a certified distance leaves a doubt gives what all golden values give."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from karat.distances import (
    Distance,
    cramer_von_mises,
    ks,
    kuiper,
    mann_whitney,
    quantile_shift,
    wasserstein,
)
from karat.distances.doubtful_cells import (
    ks_doubts,
    kuiper_doubts,
    midrank_doubts,
    quantile_doubts,
    rank_doubts,
)
from karat.distances.earth_movers import area_doubts
from karat.errors import InputError
from karat.golden.summed_cells import SummedCells
from karat.states import Counts, GapSums, ReferenceCounts
from karat.states.refined_cells import lifted, refined

KINDS: dict[str, tuple[Callable[..., Distance], Callable[..., Any]]] = {
    "ks": (ks, ks_doubts),
    "kuiper": (kuiper, kuiper_doubts),
    "mann_whitney": (mann_whitney, rank_doubts),
    "cramer_von_mises": (cramer_von_mises, midrank_doubts),
    "quantile_shift": (
        lambda stat, state: quantile_shift(stat, state, "3/7"),
        lambda stat, state: quantile_doubts(stat, state, "3/7"),
    ),
}
TIED = st.integers(-6, 6)
WIDE = st.integers(-(2**63), 2**63 - 1)
ATOM = st.sampled_from([0] * 9 + [1, 2])
VALUES = st.one_of(*(st.lists(of, max_size=60) for of in (TIED, WIDE, ATOM, TIED | WIDE)))
FLOATS = st.lists(st.floats(allow_nan=False, width=16), max_size=60)
PAIRS = st.tuples(VALUES, VALUES).map(lambda pair: [np.array(v, np.int64) for v in pair])
PAIRS |= st.tuples(FLOATS, FLOATS).map(lambda pair: [np.array(v, np.float64) for v in pair])
CELLS = st.integers(1, 8)
ONE_ROW_FURTHER = [np.array([1, 5, 0, 6, 1, 6]), np.array([1, 1, 4, 0, 8])]
"""Inside a cell they could be further apart by the least there is."""


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=150, deadline=None)
@example(ONE_ROW_FURTHER, 1)
@example(ONE_ROW_FURTHER, 2)
@given(PAIRS, CELLS)
def test_refined_it_is_the_distance_of_all_golden_values(
    kind: str, pair: list[Any], cells: int
) -> None:
    golden, rows = pair
    distance, doubts = KINDS[kind]
    full = ReferenceCounts.from_golden(golden, None)
    coarse = full.coarser(cells)
    state = coarse.observe(rows)
    fine = refined(coarse, full, doubts(coarse, state))
    exact = distance(full, full.observe(rows))
    assert distance(fine, fine.observe(rows)) == exact
    first = distance(coarse, state)
    assert first.lower <= exact.lower <= exact.upper <= first.upper or not exact.count
    # Of rows between two golden values nobody knows whether they are equal: midranks hang on it.
    assert exact.exact or not exact.count or kind == "cramer_von_mises"
    if first.exact and kind != "quantile_shift":
        assert fine == coarse or exact == first


@settings(max_examples=150, deadline=None)
@given(PAIRS, CELLS, st.fractions(0, 1, max_denominator=40))
def test_its_decision_is_that_of_the_whole_statistic(
    pair: list[Any], cells: int, threshold: Fraction
) -> None:
    golden, rows = pair
    full = ReferenceCounts.from_golden(golden, None)
    coarse = full.coarser(cells)
    state = coarse.observe(rows)
    told = ks(coarse, state).exceeds(threshold)
    whole = ks(full, full.observe(rows)).exceeds(threshold)
    if told is None:
        fine = refined(coarse, full, ks_doubts(coarse, state))
        told = ks(fine, fine.observe(rows)).exceeds(threshold)
    assert told is whole


@settings(max_examples=100, deadline=None)
@given(PAIRS, CELLS, st.data())
def test_refined_states_merge_to_the_refined_state_of_all_rows(
    pair: list[Any], cells: int, data: st.DataObject
) -> None:
    golden, rows = pair
    full = ReferenceCounts.from_golden(golden, None)
    coarse = full.coarser(cells)
    fine = refined(coarse, full, ks_doubts(coarse, coarse.observe(rows)))
    cut = data.draw(st.integers(0, rows.size))
    parts = [fine.observe(part) for part in (rows[:cut], rows[cut:])]
    assert fine.merge(*parts) == fine.observe(rows)
    assert fine.merge(fine.empty(), parts[0]) == parts[0] == fine.merge(parts[0], fine.empty())
    assert fine.coarsen(fine.observe(rows), coarse) == coarse.observe(rows)
    assert fine.decode(fine.encode(parts[1])) == parts[1]


@settings(max_examples=150, deadline=None)
@given(PAIRS, CELLS, st.data())
def test_a_state_without_rows_in_divided_cells_is_lifted_unread(
    pair: list[Any], cells: int, data: st.DataObject
) -> None:
    golden, rows = pair
    full = ReferenceCounts.from_golden(golden, None)
    coarse = full.coarser(cells)
    gaps = data.draw(st.sets(st.integers(0, coarse.points.size)))
    divided = np.array(sorted(2 * gap for gap in gaps), np.int64)
    fine = refined(coarse, full, divided)
    state = coarse.observe(rows)
    found = lifted(coarse, fine, state)
    held = set(state.cells.tolist()) & set(divided.tolist())
    if not held:
        assert found == fine.observe(rows)
    elif found is None:
        assert any((coarse.golden[cell] > 0) for cell in held)
    else:
        assert found == fine.observe(rows), "a divided cell without golden values is as it was"


def test_a_cell_at_a_time_is_divided_and_no_other() -> None:
    full = ReferenceCounts.from_golden(np.arange(100), None)
    coarse = full.coarser(4)
    fine = refined(coarse, full, np.array([2], np.int64))
    low, high = coarse.points[:2].tolist()
    assert set(fine.points.tolist()) == {*coarse.points.tolist(), *range(low, high + 1)}
    assert fine.rows == coarse.rows == full.rows
    assert fine.key() not in {coarse.key(), full.key()}
    assert refined(coarse, full, np.empty(0, np.int64)) == coarse
    assert refined(coarse, full, np.arange(0, 2 * coarse.points.size + 1, 2)) == full


def test_what_does_not_belong_together_is_refused() -> None:
    full = ReferenceCounts.from_golden(np.arange(100), None)
    other = ReferenceCounts.from_golden(np.array([3, 200]), None)
    with pytest.raises(InputError, match="not made of these golden values"):
        refined(other, full, np.array([0], np.int64))
    with pytest.raises(InputError, match="cell 3 is a point"):
        refined(full.coarser(4), full, np.array([3], np.int64))
    far = Counts(np.array([999], np.int64), np.array([1], np.int64), 0)
    with pytest.raises(InputError, match="none of these"):
        lifted(full.coarser(4), full, far)


def test_without_rows_or_golden_nothing_is_in_doubt() -> None:
    nothing = ReferenceCounts.from_golden([], None)
    some = ReferenceCounts.from_golden(np.arange(100), 4)
    for _, doubts in KINDS.values():
        assert doubts(nothing, nothing.observe([1, 2])).size == 0
        assert doubts(some, some.empty()).size == 0
        assert not ks(refined(some, some, doubts(some, some.empty())), some.empty()).count


INTEGERS = st.tuples(VALUES, VALUES).map(lambda pair: [np.array(v, np.int64) for v in pair])


@settings(max_examples=150, deadline=None)
@example(ONE_ROW_FURTHER, 1)
@given(INTEGERS, CELLS)
def test_areas_of_refined_cells_are_those_of_all_golden_values(pair: list[Any], cells: int) -> None:
    golden, rows = pair
    full = ReferenceCounts.from_golden(golden, None)
    coarse = full.coarser(cells)
    every, some = GapSums(full), GapSums(coarse)
    held = SummedCells.of_values(coarse, full)
    assert held == SummedCells.of(ReferenceCounts(coarse.points, 0 * coarse.golden), [some.observe(golden)])  # fmt: skip  # noqa: E501
    state = some.observe(rows)
    doubts = area_doubts(some, held.held, state)
    fine = SummedCells.of_values(refined(coarse, full, doubts), full)
    told = wasserstein(fine.statistic, fine.held, fine.statistic.observe(rows))
    assert told == wasserstein(every, every.observe(golden), every.observe(rows))
    first = wasserstein(some, held.held, state)
    assert first.lower <= told.lower <= told.upper <= first.upper or not first.count
    assert first.exact or doubts.size or told == first
