"""Gram sketches against hashes written out in Python integers, and sets of grams."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from karat.distances import jaccard
from karat.errors import CorruptError, InputError
from karat.states import MinimumValues, NGramSketch
from karat.states.encoding import Writer
from karat.states.ngrams import splitmix64

few = settings(max_examples=40, deadline=None, database=None)
WORD = 2**64
Rows = list[tuple[int, ...]]


def mixed(value: int) -> int:
    z = (value + 0x9E3779B97F4A7C15) % WORD
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % WORD
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % WORD
    return z ^ (z >> 31)


def chained(values: list[int]) -> int:
    chain = 0
    for value in values:
        chain = mixed(chain ^ value)
    return chain


def grams(rows: Rows, width: int) -> set[int]:
    """Return the hash of every gram, as the sketch's documentation has it."""
    hashed = [chained([value % WORD for value in row]) for row in rows]
    windows = (hashed[at : at + width] for at in range(len(rows) - width + 1))
    unsigned = {chained(window) for window in windows}
    return {gram - WORD if gram >= WORD // 2 else gram for gram in unsigned}


def observed(stat: NGramSketch, rows: Rows) -> Any:
    return stat.observe(*np.array(rows, np.int64).reshape(-1, 2).T)


def test_the_mixing_function_is_the_public_one() -> None:
    # Outputs of splitmix64.c for the seeds 0 and 1234567, which its state steps through.
    step = 0x9E3779B97F4A7C15
    states = np.array([0, step, 1234567, 1234567 + step], np.uint64)
    assert splitmix64(states).tolist() == [
        0xE220A8397B1DCDAF,
        0x6E789E6AA1B965F4,
        6457827717110365317,
        3203168211198807973,
    ]


@few
@given(
    st.lists(st.tuples(st.integers(-1, 1), st.sampled_from([0, -(2**63), 2**63 - 1])), max_size=30),
    st.integers(1, 4),
    st.integers(1, 8),
    st.lists(st.integers(0, 30), max_size=4),
)
def test_the_sketch_holds_the_smallest_hashes(
    rows: Rows, width: int, size: int, cuts: list[int]
) -> None:
    stat = NGramSketch(width, size)
    array = np.array(rows, np.int64).reshape(-1, 2)
    parts = np.split(array, sorted(min(cut, len(rows)) for cut in cuts))
    state = reduce(stat.merge, [stat.observe(*part.T) for part in parts])
    assert state.inner == tuple(sorted(grams(rows, width))[:size])


@few
@given(st.integers(0, 2**32), st.integers(1, 9), st.sampled_from([3, 40, 400]))
def test_smallest_values_are_those_of_a_set(seed: int, size: int, spread: int) -> None:
    values = default_rng(seed).integers(-spread, spread, 200)
    assert MinimumValues(size).observe(values) == tuple(sorted(set(values.tolist()))[:size])


def test_the_order_of_rows_and_columns_matters() -> None:
    stat, (one, other) = NGramSketch(2, 8), (np.array([1, 2, 3]), np.array([4, 5, 6]))
    states = [stat.observe(one, other), stat.observe(other, one), stat.observe(one[::-1], other)]
    assert len({state.inner for state in states}) == 3


@few
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=40),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=40),
)
def test_a_small_overlap_is_exact(a: Rows, b: Rows) -> None:
    stat = NGramSketch(2, 100)
    found = jaccard(stat, observed(stat, a), observed(stat, b))
    pairs_a, pairs_b = ({(x, y) for x, y in pairwise(r)} for r in (a, b))
    assert found is not None
    assert found.share * len(pairs_a | pairs_b) == len(pairs_a & pairs_b)
    assert found.margin == 0


@pytest.mark.parametrize("copied", [0.0, 0.2, 0.5, 1.0])
def test_a_large_overlap_is_within_its_margin(copied: float) -> None:
    stat, rows = NGramSketch(3, 1024), 20_000
    inside = 0
    for seed in range(20):
        rng = default_rng([seed, int(copied * 10)])
        yesterday, today = rng.integers(0, 1000, (2, rows))
        today[: int(copied * rows)] = yesterday[: int(copied * rows)]
        found = jaccard(stat, stat.observe(today), stat.observe(yesterday))
        assert found is not None
        assert found.margin == 1 / 32
        inside += abs(found.share - copied / (2 - copied)) <= found.margin
    assert inside >= 18


def test_no_grams_have_no_overlap() -> None:
    stat = NGramSketch(5)
    short, long = stat.observe(np.arange(4)), stat.observe(np.arange(5))
    assert jaccard(stat, short, long) is None
    assert jaccard(stat, long, short) is None
    assert jaccard(stat, long, long) is not None


@pytest.mark.parametrize("values", [[1, 2, 3], [2, 1], [4, 4]])
def test_values_that_are_not_the_smallest_are_corrupt(values: list[int]) -> None:
    with pytest.raises(CorruptError, match="minimum_values"):
        MinimumValues(2).decode(Writer(1).array(np.array(values), ascending=True).data())


@few
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(-(2**63), 2**63 - 1)), max_size=20),
    st.integers(1, 4),
    st.integers(-(2**62), 2**62),
)
def test_of_moving_columns_a_gram_holds_the_changes(rows: Rows, width: int, moved: int) -> None:
    stat = NGramSketch(width, 50, changes=1)
    windows = [rows[at : at + width] for at in range(len(rows) - width + 1)]
    since: list[Rows] = [
        [(still, price - window[0][1]) for still, price in window] for window in windows
    ]
    expected = {gram for window in since for gram in grams(window, width)}
    state = observed(stat, rows)
    assert state.inner == tuple(sorted(expected)[:50])
    far: Rows = [(still, (price + moved + 2**63) % WORD - 2**63) for still, price in rows]
    assert observed(stat, far).inner == state.inner


def test_more_changes_than_columns_are_refused() -> None:
    with pytest.raises(InputError, match="changes of 2 columns, of 1"):
        NGramSketch(2, 5, changes=2).observe(np.arange(5))


@pytest.mark.parametrize("distinct", [2, 40, 10**9])
@settings(max_examples=8, deadline=None, database=None)
@given(seed=st.integers(0, 2**32), changes=st.integers(0, 2), width=st.integers(1, 7))
def test_hashes_made_in_pieces_are_those_of_all_windows(
    distinct: int, seed: int, changes: int, width: int
) -> None:
    rng = default_rng(seed)
    rows = int(rng.choice([63, 64, 8192, 8193, 20_000]))
    columns = [rng.integers(-distinct, distinct, rows) for _ in range(max(changes, 1) + 1)]
    stat = NGramSketch(width, int(rng.choice([1, 4, 100])), changes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("karat.states.ngrams.pays", lambda _: True)
        in_pieces = stat.observe(*columns)
        patch.setattr("karat.states.ngrams.pays", lambda _: False)
        assert stat.observe(*columns) == in_pieces


def test_hashes_are_not_all_written_down_where_few_are_the_smallest() -> None:
    rng, stat = default_rng(5), NGramSketch(3, 16)
    columns = [rng.integers(0, 10**9, 50_000) for _ in range(2)]
    whole = stat.windowed.observe(*columns)
    some = stat._not_above(columns, whole.inner[-1])
    assert some is not None
    assert np.unique(some).tolist() == list(whole.inner)
    assert stat._not_above(columns, 2**63 - 1) is None
