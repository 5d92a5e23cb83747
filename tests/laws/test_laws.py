"""The laws of every statistic that karat.states exports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

import karat.states
from karat.errors import CorruptError, InputError
from karat.states import (
    ACF,
    STATISTICS,
    Atoms,
    BlockVar,
    Categories,
    Clocked,
    Counts,
    Difference,
    EffectiveRows,
    InterArrival,
    Invariant,
    LastDigits,
    MinimumValues,
    Movement,
    NGramSketch,
    Ordering,
    PairedCensus,
    PowerSums,
    Quotes,
    ReferenceCounts,
    Returns,
    RunLength,
    Sequence,
    TradeCensus,
    Trades,
    VarianceRatio,
    Windowed,
)

EXTREMES = np.array([-(2**63), -(2**63) + 1, -1, 0, 1, 2**63 - 2, 2**63 - 1], np.int64)
Columns = tuple[Any, ...]
Rows = Callable[[Generator, int], Columns]
few = settings(max_examples=25, deadline=None, database=None)


@dataclass(frozen=True)
class Case:
    """A statistic and rows for it; `sliceable` rows may be cut anywhere."""

    statistic: Any
    rows: Rows
    sliceable: bool = True

    def split(self, seed: int, size: int, pieces: int) -> tuple[Columns, list[Columns]]:
        generator = default_rng(seed)
        columns = self.rows(generator, size)
        cuts = [0, *sorted(generator.integers(0, size + 1, pieces - 1)), size]
        spans = pairwise(cuts)
        return columns, [tuple(c[a:b] for c in columns) for a, b in spans]

    def states(self, seed: int, size: int, pieces: int) -> list[Any]:
        if self.sliceable:
            _, parts = self.split(seed, size, pieces)
        else:
            parts = [self.rows(default_rng([seed, i]), size) for i in range(pieces)]
        return [self.statistic.observe(*part) for part in parts]


def tied_floats(rng: Generator, size: int) -> Columns:
    odd = [np.nan, np.inf, -np.inf, -0.0, 0.0, 0.25, 1.5, -3.0]
    return (rng.choice(np.append(odd, rng.normal(size=8)), size),)


def tied_integers(rng: Generator, size: int) -> Columns:
    return (
        np.where(rng.random(size) < 0.3, rng.choice(EXTREMES, size), rng.integers(-5, 20, size)),
    )


def nullable(rng: Generator, size: int) -> Columns:
    values = rng.integers(-3, 12, size)
    return (pa.chunked_array([pa.array(values, mask=rng.random(size) < 0.3)]),)


def feed(rng: Generator, size: int) -> Columns:
    kinds = rng.choice([0, 1, 2, 2, 2, 2, 3, 3, 4, 5], size).astype(np.int8)
    ids = rng.integers(0, 3, size).cumsum()
    return kinds, ids - rng.integers(0, 4, size), ids


def pairs(rng: Generator, size: int) -> Columns:
    return rng.integers(0, 2, size), rng.integers(0, 2, size)


def clocked(rng: Generator, size: int) -> Columns:
    # Now and then the clock goes back, which must not depend on where rows are cut either.
    return rng.integers(-1, 5, size).cumsum(), *nullable(rng, size)


def located(rng: Generator, size: int) -> Columns:
    values = rng.integers(-1, 4, size).cumsum()
    return pa.array(values, mask=rng.random(size) < 0.3), rng.integers(-9, 9, size)


def feed_of_values(rng: Generator, size: int) -> Columns:
    return rng.integers(-1, 5, size).cumsum(), rng.integers(0, 9, size)


def comparison(rng: Generator, size: int) -> Columns:
    left, right = (pa.array(rng.integers(0, 5, size), mask=rng.random(size) < 0.2) for _ in "lr")
    return left, right, np.arange(size)


def quotes(rng: Generator, size: int) -> Quotes:
    def steps(share: float) -> NDArray[np.int64]:
        return np.asarray((rng.random(size) < share).cumsum() % 3)

    return Quotes(rng.integers(0, 3, size).cumsum(), *(steps(0.3) for _ in range(4)))


def census(rng: Generator, size: int) -> Columns:
    return quotes(rng, size), quotes(rng, size)


def traded(rng: Generator, size: int) -> Columns:
    """Trades of two captures that begin and end apart, lose, repeat and change some."""

    def side(first: int) -> Trades:
        ids = first + rng.integers(0, 3, size).cumsum()
        fields = (pa.array(rng.integers(0, 2, size), mask=rng.random(size) < 0.1) for _ in "psdt")
        return Trades(ids, *fields)

    return side(0), side(int(rng.integers(0, 5)))


def golden_of(rows: Rows, cells: int | None) -> ReferenceCounts:
    return ReferenceCounts.from_golden(rows(default_rng(99), 200)[0], cells)


CASES = [
    Case(golden_of(tied_integers, None), tied_integers),
    Case(golden_of(tied_integers, 4), tied_integers),
    Case(golden_of(tied_floats, None), tied_floats),
    Case(golden_of(tied_floats, 3), tied_floats),
    Case(golden_of(nullable, 5), nullable),
    Case(Categories(), nullable),
    Case(Categories(), tied_integers),
    Case(Atoms(), tied_integers),
    Case(PowerSums(4), nullable),
    Case(MinimumValues(5), tied_integers),
    Case(Windowed(3, Difference(), PowerSums(4)), tied_integers),
    Case(Windowed(1, Difference(), Categories()), tied_integers),
    Case(Windowed(3, Movement(), ACF(2)), tied_integers),
    Case(Windowed(2, Difference(), RunLength()), tied_integers),
    Case(Windowed(1, LastDigits(1), Categories()), tied_integers),
    Case(Returns(4, golden_of(tied_integers, None)), tied_integers),
    Case(InterArrival(Categories()), tied_integers),
    Case(VarianceRatio(3), tied_integers),
    Case(ACF(4), tied_integers),
    Case(RunLength(), pairs),
    Case(NGramSketch(3, 16), pairs),
    Case(BlockVar(golden_of(nullable, 5), 4), clocked),
    Case(EffectiveRows(golden_of(nullable, 5), 2), clocked),
    Case(Windowed(2, Clocked(Difference()), EffectiveRows(golden_of(pairs, 5), 2)), feed_of_values),
    Case(Sequence(), feed),
    *(Case(Invariant(op), comparison) for op in ("<", "!=")),
    *(Case(Ordering(rising), located) for rising in (False, True)),
    Case(NGramSketch(3, 16, changes=1), feed_of_values),
    Case(PairedCensus(), census, sliceable=False),
    Case(TradeCensus(), traded, sliceable=False),
]


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
    (column,), _ = case.split(seed, size, pieces)
    shuffled = column.take(default_rng(seed).permutation(size))
    assert case.statistic.observe(shuffled) == case.statistic.observe(column)


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
