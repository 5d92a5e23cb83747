"""Rows at the ends of what int64 holds, alike, alone or none: equal bytes however they are cut."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray

from karat.states import (
    ACF,
    Atoms,
    BlockVar,
    Categories,
    ChunkCounts,
    Clocked,
    Difference,
    EffectiveRows,
    Even,
    InterArrival,
    Invariant,
    LastDigits,
    MinimumValues,
    Movement,
    NGramSketch,
    Ordering,
    PowerSums,
    ReferenceCounts,
    Returns,
    RunLength,
    VarianceRatio,
    Windowed,
)

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
]
WITH_INDEX: list[Any] = [
    Ordering(rising=True),
    Ordering(rising=False),
    BlockVar(POINTS, 3),
    EffectiveRows(POINTS, 2),
    ChunkCounts(POINTS, 18),
    Windowed(2, Clocked(Difference()), BlockVar(POINTS, 5)),
]
ALL = [*ONE_COLUMN, *WITH_INDEX]


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
    if statistic in ONE_COLUMN:
        return [column]
    return [column, index] if isinstance(statistic, Ordering) else [index, column]


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


@pytest.mark.parametrize("statistic", ONE_COLUMN[:4], ids=lambda s: s.name)
def test_rows_without_a_value_are_counted_and_nothing_else(statistic: Any) -> None:
    for size in (0, 1, 50):
        state = statistic.observe(pa.nulls(size, pa.int64()))
        assert state.nulls == size
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
