"""Columns observed in pieces: the state and the errors are those of all rows at once."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from karat.errors import InputError
from karat.states import BookLink, EpisodeSteps, Invariant, MinMax, PowerSums, SeqIntervals, TopK
from karat.states.in_step import ROWS as STEP
from karat.states.in_step import ascends, cut_in_step, in_step
from karat.states.picked import Picked, Rows, stored
from karat.states.piecewise import FEWEST, ROOM, folded, pieces, piecewise, plain
from karat.states.testing import Case
from tests.laws.cases import CASES

SLICEABLE = [case for case in CASES if case.sliceable]
LONG = 40_000


class Joined:
    """A statistic whose state is its rows in order, and which remembers how often it merged."""

    def __init__(self) -> None:
        self.copied = 0

    def merge(self, a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
        self.copied += len(a) + len(b)
        return a + b

    @piecewise(ROOM // FEWEST)
    def observe(self, values: Any, *others: Any) -> tuple[int, ...]:
        if (values < 0).any():
            raise InputError(f"row {int(np.argmax(values < 0))} is below 0")
        if any(len(other) != len(values) for other in others if not isinstance(other, int)):
            raise InputError(f"{len(values)} values, and others")
        return (len(values), int(values[0])) if len(values) else ()


@given(st.integers(1, 200))
def test_states_are_merged_in_order_and_seldom_copied(count: int) -> None:
    statistic = Joined()
    found = folded(statistic, ((at,) for at in range(count)))
    assert found == tuple(range(count))
    assert statistic.copied <= count * (count.bit_length() + 1)


@pytest.mark.parametrize("size", [FEWEST, FEWEST + 1, 3 * FEWEST])
def test_only_more_rows_than_a_piece_are_cut(size: int) -> None:
    cuts = [*range(0, size, FEWEST), size]
    expected = tuple(part for a, b in pairwise(cuts) for part in (b - a, a))
    assert Joined().observe(np.arange(size)) == expected
    assert Joined().observe(values=np.arange(size)) == (size, 0)


def test_what_is_refused_names_the_row_among_all() -> None:
    values = np.arange(5 * FEWEST)
    values[4 * FEWEST + 7] = -1
    with pytest.raises(InputError, match=f"row {4 * FEWEST + 7} is below 0"):
        Joined().observe(values)
    others: list[Any] = [values[:-1], values[:FEWEST], []]
    for other in others:
        with pytest.raises(InputError, match=f"{5 * FEWEST} values, and others"):
            Joined().observe(np.abs(values), other)


def test_errors_of_statistics_are_those_of_all_rows() -> None:
    ids = np.arange(LONG)
    ends = ids + 1
    ends[LONG - 3] = -5
    with pytest.raises(InputError, match=f"row {LONG - 3}: ids"):
        SeqIntervals().observe(ids, ends)
    nulls = pa.array(ids, mask=ids == LONG - 2)
    with pytest.raises(InputError, match=f"null at row {LONG - 2}"):
        TopK(3).observe(nulls)
    with pytest.raises(InputError, match=f"opening digest {LONG - 1} is ''"):
        BookLink().observe(["a"] * (LONG - 1) + [""], ["a"] * LONG)
    with pytest.raises(InputError, match=f"{LONG} values and {LONG - 1} locators"):
        MinMax().observe(ids, ids[1:])


@pytest.mark.parametrize("case", SLICEABLE, ids=[f"{c.statistic.name} {at}" for at, c in enumerate(SLICEABLE)])  # fmt: skip  # noqa: E501
def test_many_rows_give_what_their_parts_give(case: Case) -> None:
    """Rows beyond one piece of any statistic, cut where no piece of it is."""
    columns = case.rows(default_rng(7), 30_000)
    statistic = case.statistic
    parts = [tuple(c[a:b] for c in columns) for a, b in pairwise([0, 401, 11_003, 11_004, 30_000])]
    whole = statistic.observe(*columns)
    assert statistic.encode(folded(statistic, (statistic.observe(*part) for part in parts))) == (
        statistic.encode(whole)
    )


@given(seed=st.integers(0, 2**32), rows=st.integers(1, 50), masked=st.booleans())
def test_picked_rows_are_cut_by_the_rows_of_their_table(seed: int, rows: int, masked: bool) -> None:
    rng = default_rng(seed)
    size = int(rng.integers(0, 120))
    chosen = Rows(size, rng.random(size) < 0.5 if masked else None)
    tables = [pa.array(rng.integers(0, 9, size), mask=rng.random(size) < share)
              for share in (0, 0.3)]  # fmt: skip
    columns = [Picked(stored(table), chosen) for table in tables]
    found = pieces((columns[0], 5, columns[1]), rows)
    if found is None:
        assert size <= rows
        return
    cut = list(found)
    assert all(five == 5 and one.rows is two.rows for one, five, two in cut)
    for at, column in ((0, columns[0]), (2, columns[1])):
        for part in ("values", "valid"):
            together = np.concatenate([getattr(piece[at], part) for piece in cut])
            assert np.array_equal(together, getattr(column, part))


@pytest.mark.parametrize("masked", [False, True])
def test_picked_rows_give_the_same_state_as_copied_ones(masked: bool) -> None:
    rng = default_rng(3)
    chosen = Rows(LONG, rng.random(LONG) < 0.7 if masked else None)
    made = [rng.integers(0, 2, LONG) for _ in range(5)]
    columns = [Picked(stored(pa.array(column)), chosen) for column in made]
    bare = [chosen.of(column) for column in made]
    assert EpisodeSteps().observe(*columns) == EpisodeSteps().observe(*bare)
    narrow = [Picked(stored(pa.array(c.astype(np.int8))), chosen) for c in made[:2]]
    rule, (left, right, *_) = Invariant("<"), bare
    assert rule.observe(narrow[0], narrow[1], columns[4]) == rule.observe(left, right, bare[4])
    assert rule.observe(narrow[0], 1, columns[4]) == rule.observe(left, 1, bare[4])


def test_what_lies_in_memory_as_it_is_read_is_told() -> None:
    whole = np.arange(6)
    assert plain(None, whole, pa.array(whole), 3)
    for column in (
        whole[::2],
        whole.astype(np.int32),
        pa.array([1, None]),
        [1],
        whole.astype(float),
    ):
        assert not plain(None, whole, column)
    for column in ({1: 2}, whole.reshape(2, 3), "text"):
        assert pieces((column, whole), 1) is None
    assert pieces((), 1) is pieces((5,), 1) is None
    chunks = pa.chunked_array([[1, 2], [None, 4]])
    assert PowerSums(1).observe(pa.chunked_array([*chunks.chunks] * LONG)).count == 3 * LONG


IDS = st.lists(st.integers(0, 6), max_size=40).map(lambda steps: np.cumsum(steps, dtype=np.int64))


@given(IDS, IDS, st.integers(1, 9))
def test_two_sides_are_cut_at_the_same_ids(one: Any, other: Any, rows: int) -> None:
    cut = list(in_step(one, other, rows))
    low = -1
    for a, b in cut:
        ids = np.append(one[a], other[b])
        assert ids.size
        assert ids.min() > low
        low = ids.max()
        for own in (one[a], other[b]):
            assert own.size <= rows or np.unique(ids).size == 1
    for ids, at in ((one, 0), (other, 1)):
        together = np.concatenate([ids[:0], *(ids[pair[at]] for pair in cut)])
        assert np.array_equal(together, ids)


def test_sides_that_must_be_looked_at_whole_are_not_cut() -> None:
    ids = np.arange(3 * STEP)
    assert cut_in_step((ids, ids), (ids[:4], ids[:4])) is not None
    falling = ids.copy()
    falling[2 * STEP] = 0
    nulls = pa.array(ids, mask=ids == 5)
    unfit: list[Any] = [falling, ids[1:], nulls, ids.astype(float), {}]
    for bad in ((first, ids) for first in unfit):
        assert cut_in_step(bad, (ids, ids)) is None
    assert cut_in_step((ids[:STEP], ids[:STEP]), (ids[:9], ids[:9])) is None


@given(st.integers(0, 3 * STEP), st.integers(1, 3 * STEP))
def test_one_fall_is_found_wherever_it_is(size: int, at: int) -> None:
    ids = np.arange(size)
    assert ascends(ids)
    if at < size:
        ids[at] = ids[at - 1] - 1
        assert not ascends(ids)
