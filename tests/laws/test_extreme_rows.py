"""Rows at the ends of what int64 holds, alike, alone or none: equal bytes however they are cut."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray

from karat.errors import InputError
from karat.states import (
    ACF,
    STATISTICS,
    Atoms,
    Bars,
    BlockVar,
    BookLink,
    BookSteps,
    BottomK,
    Categories,
    ChunkCounts,
    Clocked,
    Difference,
    Distinct,
    Drawdown,
    EffectiveRows,
    EpisodeLinks,
    EpisodeSteps,
    Even,
    GapSums,
    InterArrival,
    Invariant,
    LastDigits,
    Magnitudes,
    MinimumValues,
    MinMax,
    Movement,
    NGramSketch,
    Ordering,
    PowerSums,
    ReferenceCounts,
    Response,
    Returns,
    RunLength,
    SeqIntervals,
    Sequence,
    SpecialValues,
    StratCounts,
    TopK,
    Transition,
    VarianceRatio,
    Windowed,
)
from tests.laws.cases import CASES

LEAST, MOST = -(2**63), 2**63 - 1
Int64s = NDArray[np.int64]
POINTS = ReferenceCounts.from_golden(np.array([LEAST, 0, 7, MOST]), None)
ROWS: dict[str, list[int]] = {
    "none": [],
    "one": [5],
    "one at the end": [LEAST],
    "all alike": [3] * 50,
    "all the largest": [MOST] * 50,
    "from end to end": [LEAST, MOST] * 25,
    "heavily tied": default_rng(1).choice([0, 0, 0, 7], 60).tolist(),
    "ends among few": default_rng(2).choice([LEAST, -1, 0, 1, MOST], 60).tolist(),
    "rising": list(range(60)),
}
ONE_COLUMN: list[Any] = [
    POINTS,
    Categories(),
    Atoms(),
    PowerSums(4),
    MinimumValues(3),
    ACF(3),
    RunLength(),
    VarianceRatio(2),
    Returns(2, POINTS),
    InterArrival(Atoms()),
    NGramSketch(2, 8),
    NGramSketch(3, 4, changes=1),
    Windowed(4, Movement(), Atoms()),
    Windowed(3, Even(), Categories()),
    Windowed(3, LastDigits(2), Categories()),
    GapSums(POINTS),
    SpecialValues(),
    Magnitudes(),
    Distinct(3),
    TopK(2),
    BottomK(2),
    Drawdown(),
]
WITH_INDEX: list[Any] = [
    Ordering(rising=True),
    Ordering(rising=False),
    BlockVar(POINTS, 3),
    EffectiveRows(POINTS, 2),
    ChunkCounts(POINTS, 18),
    Windowed(2, Clocked(Difference()), BlockVar(POINTS, 5)),
    MinMax(),
]
Shape = Callable[[Int64s, Int64s], tuple[Any, ...]]
SHAPED: list[tuple[Any, Shape]] = [
    (Invariant("<"), lambda v, at: (v, v[::-1], at)),
    (StratCounts(POINTS, POINTS), lambda v, _: (v[::-1], v)),
    (Transition(), lambda v, _: (v % 5,)),
    (Response(2), lambda v, _: (v % 3 - 1, v)),
    (Bars(7, "range", Categories()), lambda v, at: (at, v, v)),
    (Bars(7, "volume", PowerSums(2)), lambda v, at: (at, v, v)),
    (BookLink(), lambda v, _: tuple((w % 3).astype("<U1") for w in (v, v[::-1]))),
    (SeqIntervals(), lambda v, _: (np.minimum(v, v[::-1]), np.maximum(v, v[::-1]))),
    (Sequence(), lambda v, at: (v % 6, v, np.maximum(v, at))),
    (EpisodeSteps(), lambda v, at: (v % 3, v % 2, v % 2, v, v, at)),
    (EpisodeLinks(1), lambda v, at: (v, at, v % 2, v % 3, v, v[::-1], at)),
    (BookSteps(), lambda v, at: (v % 5, v % 2 * 2 - 1, v, v % 3, v, v % 2, v, v % 4, at)),
]
"""Statistics of several columns, and how values and their places make them."""
SHAPES = {id(statistic): shape for statistic, shape in SHAPED}
PLAIN = [*ONE_COLUMN, *WITH_INDEX]
ALL = [*PLAIN, *(statistic for statistic, _ in SHAPED)]


def pieces(size: int) -> list[list[slice]]:
    """Return ways to cut rows: not, one by one, with empty pieces, by halves, at the very ends."""
    random = sorted(default_rng(size).integers(0, size + 1, 7).tolist())
    cuts = [[], list(range(size + 1)), [0, 0, size, size], [size // 2], [min(1, size)], random,
            [max(size - 1, 0)], list(range(0, size, 16))]  # fmt: skip
    edges = [[0, *cut, size] for cut in cuts]
    return [[slice(a, b) for a, b in pairwise(e)] for e in edges]


def tree(statistic: Any, states: list[Any]) -> Any:
    while len(states) > 1:
        states = [reduce(statistic.merge, states[at : at + 2]) for at in range(0, len(states), 2)]
    return states[0]


def columns_of(statistic: Any, values: list[int]) -> list[Int64s]:
    column, index = np.array(values, np.int64), np.arange(len(values))
    if shape := SHAPES.get(id(statistic)):
        return [*shape(column, index)]
    if statistic in ONE_COLUMN:
        return [column]
    return [column, index] if isinstance(statistic, Ordering | MinMax) else [index, column]


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("statistic", ALL, ids=[f"{n}-{s.name}" for n, s in enumerate(ALL)])
def test_bytes_do_not_know_where_rows_were_cut(statistic: Any, name: str) -> None:
    columns = columns_of(statistic, ROWS[name])
    whole = statistic.encode(statistic.observe(*columns))
    for cut in pieces(len(ROWS[name])):
        states = [statistic.observe(*(column[part] for column in columns)) for part in cut]
        merged = [reduce(statistic.merge, states), tree(statistic, states)]
        merged.append(reduce(lambda b, a: statistic.merge(a, b), reversed(states)))
        if not statistic.ordered:
            shuffled = [states[at] for at in default_rng(len(cut)).permutation(len(states))]
            merged.append(reduce(statistic.merge, shuffled))
        assert {statistic.encode(state) for state in merged} == {whole}
    assert statistic.encode(statistic.decode(whole)) == whole


def test_every_statistic_that_can_be_cut_is_here() -> None:
    here = {type(statistic) for statistic in ALL}
    whole = {type(case.statistic) for case in CASES if not case.sliceable}
    assert here | whole == set(STATISTICS.values())
    assert min(len(pieces(size)) for size in (0, 1, 60)) >= 6


@pytest.mark.parametrize("statistic", PLAIN, ids=[f"{n}-{s.name}" for n, s in enumerate(PLAIN)])
def test_columns_of_nulls_are_counted_or_refused_wherever_they_are_cut(statistic: Any) -> None:
    nulls = pa.nulls(20, pa.int64())
    columns = [nulls if (c == 3).all() else c for c in columns_of(statistic, [3] * 20)]
    try:
        whole = statistic.encode(statistic.observe(*columns))
    except InputError as refused:
        assert "null" in str(refused)  # noqa: PT017
        return
    for cut in pieces(20):
        states = [statistic.observe(*(column[part] for column in columns)) for part in cut]
        assert statistic.encode(reduce(statistic.merge, states)) == whole


@pytest.mark.parametrize("statistic", [*ONE_COLUMN[:4], GapSums(POINTS)], ids=lambda s: s.name)
def test_rows_without_a_value_are_counted_and_nothing_else(statistic: Any) -> None:
    for size in (0, 1, 50):
        state = statistic.observe(pa.nulls(size, pa.int64()))
        assert (state.counts if isinstance(statistic, GapSums) else state).nulls == size
        mixed = statistic.merge(state, statistic.observe(np.array([LEAST, MOST])))
        whole = pa.array([LEAST, *[None] * size, MOST], pa.int64())
        assert statistic.encode(mixed) == statistic.encode(statistic.observe(whole))


@pytest.mark.parametrize("statistic", [Ordering(rising=True), Invariant("<")], ids=lambda s: s.name)
def test_rules_of_rows_without_a_value_have_checked_none(statistic: Any) -> None:
    none, at = pa.nulls(9, pa.int64()), np.arange(9)
    columns = [none, at] if isinstance(statistic, Ordering) else [none, none, at]
    assert statistic.observe(*columns) == statistic.empty()


@pytest.mark.parametrize("name", ROWS)
def test_sums_are_those_of_whole_numbers(name: str) -> None:
    values = ROWS[name]
    state = PowerSums(4).observe(np.array(values, np.int64))
    assert state.sums == tuple(sum(x**power for x in values) for power in (1, 2, 3, 4))
    lags = ACF(3).observe(np.array(values, np.int64))
    products = [sum(a * b for a, b in zip(values, values[k:], strict=False)) for k in (1, 2, 3)]
    assert list(lags.products) == products
    assert (lags.total, lags.squares) == (sum(values), sum(x * x for x in values))
