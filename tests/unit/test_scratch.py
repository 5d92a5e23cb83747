"""What is as long as a column is lent, not made: a steady stream of rows takes no more memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.random import default_rng

from karat.states import (
    ACF,
    STATISTICS,
    BlockVar,
    Categories,
    ChunkCounts,
    Clocked,
    Difference,
    EffectiveRows,
    Even,
    GapSums,
    InterArrival,
    LastDigits,
    MinimumValues,
    Movement,
    NGramSketch,
    Ordering,
    PowerSums,
    ReferenceCounts,
    Response,
    Returns,
    RunLength,
    VarianceRatio,
    Windowed,
)
from karat.states.scratch import KEPT, LARGEST, lent, room
from karat.states.statistic import Statistic
from karat.states.testing import Case
from tests.laws.cases import CASES

ROWS, SECOND, BATCHES = 1 << 18, 10**9, 4
FEW, MANY, BYTES, COPIES = 1 << 15, 1 << 18, 0.5, 8
"""Rows of two batches, what one row more may take, and how often a state may be there at once."""


def market(seed: int) -> dict[str, Any]:
    rng = default_rng(seed)
    moves = rng.integers(-3, 4, ROWS) * (rng.random(ROWS) < 0.3)
    return {
        "price": np.cumsum(moves) + 500_000,
        "time": np.cumsum(rng.integers(0, 200_000, ROWS)),
        "size": rng.integers(1, 5000, ROWS),
        "side": rng.choice([-1, 1], ROWS),
    }


PAST = market(0)
SIZES = ReferenceCounts.from_golden(PAST["size"], 64)
MOVES = ReferenceCounts.from_golden(np.diff(PAST["price"]), 64)
WAITS = ReferenceCounts.from_golden(np.diff(PAST["time"]), 64)
LOOKED_AT: list[tuple[Any, str]] = [
    (RunLength(), "price"),
    (RunLength(), "price size side"),
    (Windowed(2, Difference(), RunLength()), "price"),
    (EffectiveRows(SIZES, SECOND), "time size"),
    (BlockVar(SIZES, SECOND), "time size"),
    (ChunkCounts(SIZES, SECOND), "time size"),
    (Windowed(2, Clocked(Difference()), EffectiveRows(MOVES, SECOND)), "time price"),
    (Windowed(2, Clocked(Difference()), ChunkCounts(MOVES, SECOND)), "time price"),
    (ACF(20), "side"),
    (Windowed(2, Movement(), ACF(5)), "price"),
    (Windowed(1, LastDigits(1), Categories()), "size"),
    (Windowed(3, Even(), Categories()), "time"),
    (Returns(20, MOVES), "price"),
    (InterArrival(WAITS), "time"),
    (VarianceRatio(10), "price"),
    (Response(5), "side price"),
    (PowerSums(4), "size"),
    (SIZES, "size"),
    (GapSums(SIZES), "size"),
    (Categories(), "side"),
    (Ordering(rising=True), "time time"),
    (MinimumValues(64), "time"),
    (NGramSketch(5, 64, 1), "side size price"),
]


NAMES = [f"{case.statistic.name} {at}" for at, case in enumerate(CASES)]
OVER_CASES = pytest.mark.parametrize("case", CASES, ids=NAMES)


@dataclass
class Peak:
    """The most bytes that were there at once, beyond those at first."""

    bytes: int = 0


@contextmanager
def took() -> Iterator[Peak]:
    """Give what is allocated until the end, by Python and numpy as well as by Arrow."""
    found, usual = Peak(), pa.default_memory_pool()
    arrow = pa.proxy_memory_pool(usual)
    pa.set_memory_pool(arrow)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    try:
        yield found
        found.bytes = tracemalloc.get_traced_memory()[1] - before + arrow.max_memory()
    finally:
        tracemalloc.stop()
        pa.set_memory_pool(usual)


@pytest.fixture(autouse=True)
def _compiled() -> None:
    """Have numba loaded, so that passes over many rows are compiled ones."""
    import numba  # noqa: F401


@pytest.mark.parametrize(
    ("statistic", "names"), LOOKED_AT, ids=[f"{s.name} {at}" for at, (s, _) in enumerate(LOOKED_AT)]
)
def test_a_steady_stream_takes_no_memory_by_the_row(statistic: Statistic[Any], names: str) -> None:
    batches = [[market(seed)[name] for name in names.split()] for seed in (1, 2)]
    state = statistic.merge(*(statistic.observe(*columns) for columns in batches))
    with took() as peak:
        for at in range(BATCHES):
            state = statistic.merge(state, statistic.observe(*batches[at % 2]))
    assert peak.bytes < ROWS


def test_counts_in_all_values_of_a_golden_take_memory_by_the_cell_alone() -> None:
    """With more cells than rows, rows are sorted: in memory that is lent."""
    points = np.arange(ROWS, dtype=np.int64) * 10**6
    statistic = ReferenceCounts.from_golden(points, None)
    rows = default_rng(1).choice(points[:: ROWS // 1000], ROWS)
    for values in (rows, rows.astype(np.float64)):
        every = replace(statistic, points=points.astype(values.dtype))
        state = every.observe(values)
        with took() as peak:
            assert every.observe(values) == state
        assert peak.bytes < ROWS


@OVER_CASES
def test_what_every_statistic_takes_does_not_grow_with_rows(case: Case) -> None:
    """What a state holds is its own: a value met, or a stretch of the clock, may be in it."""
    statistic = case.statistic
    peaks, held = [], []
    batches = [case.rows(default_rng(1), rows) for rows in (FEW, MANY)]
    # All are met before anything is measured: what is lent, and Python's own, is there by then.
    for batch, state in [(batch, statistic.observe(*batch)) for batch in batches]:
        with took() as peak:
            again = statistic.merge(state, statistic.observe(*batch))
        data = statistic.encode(again)
        with took() as own:
            again = statistic.decode(data)
        peaks.append(peak.bytes)
        held.append(own.bytes)
    assert peaks[1] - peaks[0] < BYTES * (MANY - FEW) + COPIES * (held[1] - held[0])


def test_a_pass_that_makes_a_flag_a_row_is_found_out() -> None:
    class Flagging(PowerSums):
        def observe(self, values: Any) -> Any:
            return super().observe(values[values > values.min()])

    case = next(case for case in CASES if case.statistic == PowerSums(4))
    with pytest.raises(AssertionError):
        test_what_every_statistic_takes_does_not_grow_with_rows(
            Case(Flagging(4), lambda rng, size: (rng.integers(0, 9, size),))
        )
    test_what_every_statistic_takes_does_not_grow_with_rows(case)


def test_all_that_take_rows_are_walked() -> None:
    assert {type(case.statistic) for case in CASES} == set(STATISTICS.values())


@OVER_CASES
def test_no_state_holds_what_was_lent(case: Case) -> None:
    first, second = (case.rows(default_rng(seed), 1500) for seed in (1, 2))
    state = case.statistic.observe(*first)
    data = case.statistic.encode(state)
    for columns in (second, first, second):
        case.statistic.observe(*columns)
    assert case.statistic.encode(state) == data


class Keeping(PowerSums):
    """A statistic of somebody else, that keeps the arrays it is given."""

    seen: list[Any] = []  # noqa: RUF012 - of the class, to be looked at below

    def observe(self, values: Any) -> Any:
        self.seen.append(values)
        return super().observe(values)


def test_statistics_of_others_get_memory_of_their_own() -> None:
    price, other = market(1)["price"], market(2)["price"]
    outer = Windowed(1, LastDigits(3), Windowed(2, Difference(), Keeping()))
    for column in (price, other, other):
        outer.observe(column)
    Windowed(2, Difference(), PowerSums()).observe(other)
    digits = np.diff(price % 1000)
    assert (Keeping.seen[0] == digits).all()


def test_memory_is_lent_to_one_at_a_time_and_again() -> None:
    with ThreadPoolExecutor(1) as pool:  # a thread that was lent nothing yet
        pool.submit(_lent_in_turn).result()


def _lent_in_turn() -> None:
    with lent():
        outer = room(100)
        with lent():
            inner = room(100)
            assert not np.shares_memory(inner, outer)
        with lent():
            assert np.shares_memory(room(50), inner)
            assert not np.shares_memory(room(50), outer)
        with lent(Keeping()):
            assert not np.shares_memory(room(50), inner)
    assert not np.shares_memory(room(100), room(100))  # nobody lends: each has its own


def test_what_is_kept_is_bounded_and_a_threads_own() -> None:
    with lent():
        many, huge = [room(1000 + at) for at in range(2 * KEPT)], room(LARGEST + 1)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(_lent_beside, many).result()
    with lent():
        again = [room(1) for _ in range(2 * KEPT)]
        assert not np.shares_memory(room(LARGEST + 1), huge)
    assert sum(any(np.shares_memory(a, b) for b in many) for a in again) <= KEPT


def _lent_beside(others: list[Any]) -> bool:
    with lent():
        return not any(np.shares_memory(room(1000), other) for other in others)
