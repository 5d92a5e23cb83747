"""What is as long as a column is lent, not made: a steady stream of rows takes no more memory."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng

from karat.states import (
    ACF,
    BlockVar,
    Categories,
    ChunkCounts,
    Clocked,
    Difference,
    EffectiveRows,
    Even,
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

ROWS, SECOND, BATCHES, BYTES = 1 << 18, 10**9, 4, 1.5


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
    (Categories(), "side"),
    (Ordering(rising=True), "time time"),
    (MinimumValues(64), "time"),
    (NGramSketch(5, 64, 1), "side size price"),
]


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
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for at in range(BATCHES):
        state = statistic.merge(state, statistic.observe(*batches[at % 2]))
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert peak < BYTES * ROWS


@pytest.mark.parametrize("case", CASES, ids=[f"{c.statistic.name} {at}" for at, c in enumerate(CASES)])  # fmt: skip  # noqa: E501
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
