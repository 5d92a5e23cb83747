"""Columns that rise, the clock among them, and what rows are worth by it."""

from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.comparison.clock import ALPHA, CUTS, clock_of, reach
from karat.comparison.met import Met, meet
from karat.comparison.steps import rises, steps, tells_time
from karat.comparison.suggesting import could_be_key
from karat.distances import Distance
from karat.golden import half_width
from karat.states import EffectiveRows, ReferenceCounts, least_effective_rows


def met(golden: Any, candidate: Any = None, name: str = "x") -> Met:
    sides = (pa.array(golden if each is None else each) for each in (candidate, golden))
    return meet(name, *(pa.chunked_array([side]) for side in sides))


@given(st.lists(st.one_of(st.none(), st.integers(-5, 5)), max_size=80))
def test_steps_are_what_a_loop_takes(values: list[int | None]) -> None:
    held = [value for value in values if value is not None]
    found = met(pa.array(values, pa.int64()))
    oracle = [late - early for early, late in pairwise(held)]
    assert steps(found.golden).tolist() == oracle
    up, down = sum(step > 0 for step in oracle), sum(step < 0 for step in oracle)
    assert rises(found) == (up >= 20 and down <= (up + down) / 100)


def test_steps_of_floats_and_across_the_range() -> None:
    assert steps(met([1.5, None, 4.0]).golden).tolist() == [2.5]
    ends = np.iinfo(np.int64)
    assert steps(met([ends.min, ends.max]).golden).tolist() == [ends.max]
    assert steps(met([5]).golden).tolist() == []


@pytest.mark.parametrize(
    ("golden", "expected"),
    [
        (np.arange(21), True),
        (np.arange(20), False),
        (np.repeat(np.arange(30), 4), True),
        (np.append(np.arange(150), [5, 6]), True),
        (np.append(np.arange(60), [5, 6]), False),
        (-np.arange(60), False),
        (np.tile([1, 2], 40), False),
        (np.arange(40) / 8, True),
        ([f"{n:03}" for n in range(60)], False),
    ],
)
def test_what_rises(golden: Any, expected: bool) -> None:
    assert rises(met(golden)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("event_time_ns", True), ("TS", True), ("recv_ms", True), ("times", False), ("bids", False)],
)
def test_names_that_tell_the_time(name: str, expected: bool) -> None:
    assert tells_time(met(range(40), name=name)) == expected
    assert tells_time(met(pa.array(range(40), pa.timestamp("s")), name=name))
    assert not tells_time(met(["a"], name=name))


def test_a_clock_never_falls_and_lacks_nothing() -> None:
    rising = list(range(100))
    assert clock_of(met(rising, name="t_ns")) is not None
    assert clock_of(met(rising, name="time_ns")) is not None
    assert clock_of(met(rising)) is None
    assert clock_of(met([float(n) for n in rising], name="time")) is None
    assert clock_of(met(rising, [3, 2, 1], name="time")) is None
    assert clock_of(met(rising, [None, 2, 3], name="time")) is None
    assert clock_of(met(rising, pa.array([], pa.int64()), name="time")) is None
    again = clock_of(met(rising, [0, 0, 767, 768], name="time"))
    assert again is not None
    assert again.width == 1


def test_reach_is_effective_rows_at_the_coarse_points() -> None:
    rng = np.random.default_rng(6)
    time = np.cumsum(rng.integers(1, 1_000, (2, 20_000)), axis=1)
    values = np.cumsum(rng.normal(size=(2, 20_000)), axis=1)
    clock = clock_of(met(time[1], time[0], "time"))
    assert clock is not None
    column, cells = met(values[1], values[0]), ReferenceCounts.from_golden(values[1])
    apart = Distance(ALPHA, ALPHA, 20_000)
    found = reach(clock, column, (values[0], values[1]), apart, cells)
    statistic = EffectiveRows(cells.coarser(CUTS), clock.width)
    worth = [
        least_effective_rows(statistic.observe(*side)) for side in zip(time, values, strict=True)
    ]
    assert [found.candidate, found.golden] == worth
    assert found.half_width == half_width(ALPHA, *worth)
    assert found.tolerance == ALPHA + (found.half_width or 0)
    # A step has the time of its later row, so the first row's time is left out.
    fewer = reach(clock, column, (values[0][1:], values[1][1:]), apart, cells)
    later = zip(time[:, 1:], values[:, 1:], strict=True)
    assert [fewer.candidate, fewer.golden] == [
        least_effective_rows(statistic.observe(*side)) for side in later
    ]


@pytest.mark.parametrize(
    ("name", "golden", "candidate", "expected"),
    [
        ("trade_id", [1, 2, 3], [2, 3, 4], True),
        ("SEQ", [1, 2, 3], [3], True),
        ("trade_id", [1, 2, 3], [4, 5], False),
        ("trade_id", [1, 1, 3], [2, 3], False),
        ("trade_id", [1.5, 2.5], [1.5], False),
        ("trade_id", ["a", "b"], ["a"], False),
        ("trade_id", [1, None], [1], False),
        ("price", [1, 2, 3], [2, 3], False),
        ("trade_id", [1, 2], pa.array([], pa.int64()), False),
    ],
)
def test_what_could_be_a_key(name: str, golden: Any, candidate: Any, expected: bool) -> None:
    assert could_be_key(met(golden, candidate, name)) == expected
