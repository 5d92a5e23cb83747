"""The laws of every statistic that karat.states exports."""

from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

import karat.states
from karat.errors import CorruptError, InputError
from karat.states import (
    STATISTICS,
    Counts,
)
from tests.laws.cases import CASES, Case, Rows, golden_of, nullable, tied_floats, tied_integers

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
    one, *_ = case.states(seed, size, pieces)
    empty = case.statistic.empty()
    assert case.statistic.merge(empty, one) == one == case.statistic.merge(one, empty)


@LAWFUL
def test_no_rows_give_the_empty_state(case: Case) -> None:
    assert case.statistic.observe(*case.rows(default_rng(1), 0)) == case.statistic.empty()


@LAWFUL
@few
@drawn
def test_merging_is_associative(case: Case, seed: int, size: int, pieces: int) -> None:
    states = case.states(seed, size, pieces)
    merge = case.statistic.merge
    from_left = reduce(merge, states)
    from_right = reduce(lambda right, left: merge(left, right), reversed(states))
    assert from_left == from_right
    assert case.statistic.encode(from_left) == case.statistic.encode(from_right)


@SLICEABLE
@few
@drawn
def test_where_rows_are_cut_does_not_matter(case: Case, seed: int, size: int, pieces: int) -> None:
    columns, parts = case.split(seed, size, pieces)
    merged = reduce(case.statistic.merge, (case.statistic.observe(*part) for part in parts))
    whole = case.statistic.observe(*columns)
    assert merged == whole
    assert case.statistic.encode(merged) == case.statistic.encode(whole)


@LAWFUL
@few
@drawn
def test_states_outlive_their_bytes(case: Case, seed: int, size: int, pieces: int) -> None:
    for state in case.states(seed, size, pieces):
        data = case.statistic.encode(state)
        read = case.statistic.decode(data)
        assert read == state
        assert hash(read) == hash(state)
        assert case.statistic.encode(read) == data


@LAWFUL
def test_bytes_that_are_no_state_are_refused(case: Case) -> None:
    data = case.statistic.encode(case.states(5, 40, 1)[0])
    unknown = bytes([data[0] + 1]) + data[1:]
    for broken in (b"", data[:-1], data + b"\0", unknown, data[: len(data) // 2]):
        with pytest.raises(CorruptError):
            case.statistic.decode(broken)


@UNORDERED
@few
@drawn
def test_the_order_of_unordered_rows_is_free(case: Case, seed: int, size: int, pieces: int) -> None:
    a, *others = case.states(seed, size, pieces)
    b = reduce(case.statistic.merge, others, case.statistic.empty())
    assert case.statistic.merge(a, b) == case.statistic.merge(b, a)
    columns, _ = case.split(seed, size, pieces)
    order = default_rng(seed).permutation(size)
    shuffled = case.statistic.observe(*(column.take(order) for column in columns))
    assert shuffled == case.statistic.observe(*columns)


@SUBTRACTABLE
@few
@drawn
def test_subtracting_undoes_merging(case: Case, seed: int, size: int, pieces: int) -> None:
    a, *others = case.states(seed, size, pieces)
    b = reduce(case.statistic.merge, others, case.statistic.empty())
    merged = case.statistic.merge(a, b)
    assert case.statistic.subtract(merged, b) == a
    assert case.statistic.subtract(merged, merged) == case.statistic.empty()


@SUBTRACTABLE
def test_rows_that_are_not_there_cannot_be_subtracted(case: Case) -> None:
    with pytest.raises(InputError, match="subtract"):
        case.statistic.subtract(case.statistic.empty(), case.states(3, 20, 1)[0])


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
    keys = {case.statistic.key() for case in CASES}
    assert len(keys) == len(CASES) - 1
    assert golden_of(nullable, 5).key() == golden_of(nullable, 5).key()
    assert isinstance(CASES[0].statistic.empty(), Counts)
