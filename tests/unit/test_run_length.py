"""Runs against itertools.groupby."""

from __future__ import annotations

from collections import Counter
from functools import reduce
from itertools import groupby, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.distances import atom_distance, total_variation
from karat.errors import CorruptError, InputError
from karat.states import Counts, RunLength
from karat.states.encoding import Writer
from karat.states.ends import Ends, glue

few = settings(max_examples=60, deadline=None, database=None)
NO_COUNTS = Writer(1).integer(0).array(np.empty(0, np.int64)).array(np.empty(0, np.int64)).data()


def observed(rows: list[tuple[int, ...]], columns: int) -> Any:
    return RunLength().observe(*np.array(rows, np.int64).reshape(-1, columns).T)


def counts(state: Counts) -> dict[int, int]:
    return dict(zip(state.cells.tolist(), state.counts.tolist(), strict=True))


@few
@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), max_size=40),
    st.lists(st.integers(0, 40), max_size=5),
)
def test_runs_are_those_of_groupby(rows: list[tuple[int, ...]], cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    parts = [rows[a:b] for a, b in pairwise(edges)]
    state = reduce(RunLength().merge, [observed(part, 2) for part in parts])
    runs = [(row, len(list(group))) for row, group in groupby(rows)]
    lengths = [length for _, length in runs]
    assert counts(state.lengths()) == Counter(lengths)
    assert counts(state.interior) == Counter(lengths[1:-1])
    assert state.longest() == max(lengths, default=0)
    assert state.ends.first == (runs[0] if runs else None)
    assert state.ends.last == (runs[-1] if len(runs) > 1 else None)


@pytest.mark.parametrize("columns", [1, 3, 8, 9])
@pytest.mark.parametrize("seed", range(6))
def test_long_runs_are_counted_in_one_pass(
    columns: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("karat.states.run_length.pays", lambda _: True)
    rng = np.random.default_rng(seed)
    # Some end where a piece of the pass does, some are too long to be counted by their length.
    lengths = rng.choice([1, 2, 7, 8, 4094, 4095, 4096, 4097, 9000], rng.integers(1, 30))
    values = np.repeat(np.arange(lengths.size) % 2, lengths)
    others = [np.full(values.size, at) for at in range(columns - 1)]
    state = RunLength().observe(*others, values)
    assert counts(state.interior) == Counter(lengths.tolist()[1:-1])
    ends = [run.length for run in state.ends if run]
    assert ends == [int(lengths[at]) for at in (0, -1)[: lengths.size]]


def test_one_run_over_many_pieces_is_one_run() -> None:
    stat = RunLength()
    state = reduce(stat.merge, [stat.observe(np.full(size, 9)) for size in (5, 0, 1, 100)])
    assert state == stat.observe(np.full(106, 9))
    assert (state.longest(), state.ends.last, state.interior.rows) == (106, None, 0)


def test_a_book_is_unchanged_only_when_all_its_columns_are() -> None:
    bid, ask = np.array([1, 1, 1, 2]), np.array([3, 3, 4, 4])
    assert RunLength().observe(bid).longest() == 3
    assert counts(RunLength().observe(bid, ask).lengths()) == {1: 2, 2: 1}


def test_a_stale_book_moves_the_distances() -> None:
    live, stale = np.arange(100), np.arange(100)
    stale[20:60] = 20
    fresh, held = (RunLength().observe(book).lengths() for book in (live, stale))
    assert total_variation(held, fresh).value == pytest.approx(1 / 61)
    assert atom_distance(held, fresh).value == pytest.approx(1 / 61)
    assert atom_distance(fresh, fresh).value == 0


@pytest.mark.parametrize("columns", [(), (np.arange(2), np.arange(3)), (np.array([0.5]),)])
def test_wrong_columns_are_refused(columns: tuple[Any, ...]) -> None:
    with pytest.raises(InputError, match="column"):
        RunLength().observe(*columns)


@pytest.mark.parametrize(
    "fields",
    [(3, 1, 1, 1, 1, 2, 1, 3), (-1, 0), (1, 0), (0, 1), (1, 1, 0, 7), (1, 1, -4, 7)],
)
def test_ends_that_are_no_runs_are_corrupt(fields: tuple[int, ...]) -> None:
    with pytest.raises(CorruptError, match="run_length"):
        RunLength().decode(Writer(1).integers(*fields).nested(NO_COUNTS).data())


@pytest.mark.parametrize(("nulls", "length"), [(1, 3), (0, 0), (0, -2)])
def test_interiors_that_are_no_runs_are_corrupt(nulls: int, length: int) -> None:
    counted = Writer(1).integer(nulls).array(np.array([length])).array(np.array([1])).data()
    data = Writer(1).integers(2, 1, 4, 7, 1, 8).nested(counted).data()
    with pytest.raises(CorruptError, match="no runs"):
        RunLength().decode(data)


@pytest.mark.parametrize(
    ("a", "b", "ends", "closed"),
    [
        ("", "", "", ""),
        ("", "xy", "xy", ""),
        ("x", "", "x", ""),
        ("x", "x", "x", ""),
        ("x", "y", "xy", ""),
        ("wx", "x", "wx", ""),
        ("wx", "xy", "wy", "x"),
        ("wx", "y", "wy", "x"),
        ("wx", "yz", "wz", "xy"),
    ],
)
def test_gluing_closes_what_lies_between(a: str, b: str, ends: str, closed: str) -> None:
    def of(text: str) -> Ends[str]:
        first, last, *_ = [*text, None, None]
        return Ends(first, last)

    glued = glue(of(a), of(b), lambda left, right: left if left == right else None)
    assert glued == (of(ends), list(closed))
