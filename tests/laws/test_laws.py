"""The laws of every statistic that karat.states exports."""

from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

import karat.states
from karat.states import (
    STATISTICS,
    Counts,
)
from karat.states.testing import Case, Laws, Rows
from tests.laws.cases import CASES, golden_of, nullable, tied_floats, tied_integers

few = settings(max_examples=25, deadline=None, database=None)


def over(cases: list[Case]) -> pytest.MarkDecorator:
    names = [f"{CASES.index(case)}-{case.statistic.name}" for case in cases]
    return pytest.mark.parametrize("case", cases, ids=names)


LAWFUL = over(CASES)
SLICEABLE = over([case for case in CASES if case.sliceable])
UNORDERED = over([case for case in CASES if not case.statistic.ordered])
SUBTRACTABLE = over([case for case in CASES if hasattr(case.statistic, "subtract")])
drawn = given(seed=st.integers(0, 2**32), size=st.integers(0, 60), pieces=st.integers(1, 7))


def test_every_exported_statistic_has_a_case() -> None:
    exported = {
        value
        for name in karat.states.__all__
        if isinstance(value := getattr(karat.states, name), type)
        and hasattr(value, "observe")
        and name != "Statistic"
    }
    assert exported == {type(case.statistic) for case in CASES} == set(STATISTICS.values())
    assert all(statistic.name == name for name, statistic in STATISTICS.items())


@LAWFUL
@few
@drawn
def test_empty_changes_nothing(case: Case, seed: int, size: int, pieces: int) -> None:
    Laws(case, seed, size, pieces).empty_changes_nothing()


@LAWFUL
@few
@drawn
def test_merging_is_associative(case: Case, seed: int, size: int, pieces: int) -> None:
    Laws(case, seed, size, pieces).merging_is_associative()


@SLICEABLE
@few
@drawn
def test_where_rows_are_cut_does_not_matter(case: Case, seed: int, size: int, pieces: int) -> None:
    Laws(case, seed, size, pieces).cuts_do_not_matter()


@LAWFUL
@few
@drawn
def test_states_outlive_their_bytes(case: Case, seed: int, size: int, pieces: int) -> None:
    Laws(case, seed, size, pieces).states_outlive_their_bytes()


@UNORDERED
@few
@drawn
def test_the_order_of_unordered_rows_is_free(case: Case, seed: int, size: int, pieces: int) -> None:
    Laws(case, seed, size, pieces).order_is_free()


@SUBTRACTABLE
@few
@drawn
def test_subtracting_undoes_merging(case: Case, seed: int, size: int, pieces: int) -> None:
    Laws(case, seed, size, pieces).subtracting_undoes_merging()


@LAWFUL
def test_no_rows_give_the_empty_state(case: Case) -> None:
    Laws(case, 5, 40, 1).no_rows_give_the_empty_state()


@LAWFUL
def test_bytes_that_are_no_state_are_refused(case: Case) -> None:
    Laws(case, 5, 40, 1).bytes_that_are_no_state_are_refused()


@SUBTRACTABLE
def test_rows_that_are_not_there_cannot_be_subtracted(case: Case) -> None:
    Laws(case, 5, 40, 1).rows_that_are_not_there_cannot_be_subtracted()


@pytest.mark.parametrize("rows", [tied_integers, tied_floats, nullable])
@pytest.mark.parametrize("cells", [1, 3, 10, 1000])
@few
@drawn
def test_coarsening_is_linear(rows: Rows, cells: int, seed: int, size: int, pieces: int) -> None:
    full = golden_of(rows, None)
    coarse = full.coarser(cells)
    states = Case(full, rows).states(seed, size, pieces)
    merged = full.coarsen(reduce(full.merge, states), coarse)
    assert merged == reduce(coarse.merge, [full.coarsen(state, coarse) for state in states])
    assert merged == coarse.observe(rows(default_rng(seed), size)[0])


def test_keys_tell_parameters_apart() -> None:
    different = [case.statistic for at, case in enumerate(CASES)
                 if case.statistic not in [other.statistic for other in CASES[:at]]]  # fmt: skip
    assert len({case.statistic.key() for case in CASES}) == len(different) > len(STATISTICS)
    assert golden_of(nullable, 5).key() == golden_of(nullable, 5).key()
    assert isinstance(CASES[0].statistic.empty(), Counts)
