"""Budgets and rates, full-size days, and the stretch of a day that is farthest from golden."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karat.compute import Reading, footer
from karat.errors import InputError
from karat.flow.budgets import Budget, Cost
from karat.flow.rates import known_rates, rates
from karat.golden import full_size, half_width, sufficient
from karat.lake.append import append
from karat.lake.layout import MAIN
from karat.lake.memory import MemoryLake
from karat.store import MemoryStore
from karat.verdicts.worst_chunk import SECOND, worst_chunk
from tests.unit.test_golden import contract, manifest

COSTS = st.builds(Cost, st.integers(0, 9), st.floats(0, 9), st.integers(0, 9))


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("30s", Budget(30.0)),
        ("1.5 m", Budget(90.0)),
        ("250ms", Budget(0.25)),
        ("1h, 2GB", Budget(3600.0, 2 * 10**9)),
        ("500MB", Budget(None, 500 * 10**6)),
    ],
)
def test_budgets_are_read(text: str, budget: Budget) -> None:
    assert Budget.parse(text) == budget
    assert Budget.parse(text).fits(Cost())


@pytest.mark.parametrize("text", ["", "30", "s", "-3s", "3 parsecs", "1s;2s", "3s,"])
def test_what_is_no_budget_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="write seconds or bytes"):
        Budget.parse(text)


@given(COSTS, COSTS)
def test_a_budget_that_holds_two_costs_holds_each(a: Cost, b: Cost) -> None:
    both = a.plus(b)
    assert Budget(both.seconds, both.bytes).fits(a)
    assert both.memory == max(a.memory, b.memory)
    assert not Budget(both.seconds, both.bytes).fits(replace(both, bytes=both.bytes + 1))
    assert str(Budget()) == "no bounds"


def test_rates_are_measured_once() -> None:
    store = MemoryStore()
    assert known_rates(store) is None
    first = rates(store)
    assert rates(store) == known_rates(store) == first
    assert first.read_ns > 0 < first.state_ns
    assert first.seconds(10**9, 0) == pytest.approx(first.read_ns)
    assert first.seconds(0, 10**9) == pytest.approx(first.state_ns)


def test_a_footer_tells_bytes_without_reading(tmp_path: Path) -> None:
    table = pa.table(
        {"a": np.arange(1000), "b": pa.array([1] * 1000, pa.int8()), "c": ["x"] * 1000}
    )
    path = tmp_path / "t.parquet"
    pq.write_table(table, path, row_group_size=300)
    lake = MemoryLake()
    append(lake, MAIN, {"t.parquet": path.read_bytes()}, message="One")
    reading = Reading(lake, lake.head(MAIN), "t.parquet")
    found = footer(reading)
    assert reading.bytes_read == 0
    assert (found.rows, found.decoded["a"], found.decoded["b"]) == (1000, 8000, 1000)
    assert found.decoded["c"] > 0
    reading.table(["a", "c"])
    assert reading.bytes_read == found.bytes_of(["a", "c", "a"]) > found.bytes_of(["a"])
    append(lake, MAIN, {"u.parquet": b"none"}, message="Two")
    with pytest.raises(InputError, match=r"u\.parquet: not a readable Parquet file"):
        footer(Reading(lake, lake.head(MAIN), "u.parquet"))


def test_a_full_size_day_is_the_smallest_that_is_narrow_enough() -> None:
    golden, asked = manifest(), contract()
    many = {
        "": {
            name: replace(one, effective_rows=Fraction(10**7))
            for name, one in golden.strata[""].items()
        }
    }
    golden = replace(golden, strata=many)
    alpha = Fraction("0.2")
    found = sufficient(asked, golden)
    assert list(found) == ["value", "step"]
    for one in found.values():
        assert one.effective is not None
        assert one.rows is not None
        wide, narrow = (
            half_width(alpha, Fraction(rows), Fraction(10**7))
            for rows in (one.effective - 1, one.effective)
        )
        assert wide is not None
        assert narrow is not None
        assert narrow <= one.tolerance / 2 < wide
        assert one.worth is not None
        assert one.measured is not None
        assert (one.measured - 1) * one.worth < one.effective <= one.measured * one.worth
        assert one.chosen is not None
        assert (one.rows - 1) * one.chosen < one.measured <= one.rows * one.chosen
    assert full_size(asked, golden) == {name: one.rows for name, one in found.items()}


def test_no_day_is_large_enough_where_golden_is_worth_too_little() -> None:
    golden = manifest()
    poor = {n: replace(one, effective_rows=Fraction(2)) for n, one in golden.strata[""].items()}
    assert full_size(contract(), replace(golden, strata={"": poor})) == {
        "value": None,
        "step": None,
    }


@pytest.mark.parametrize("hour", [0, 7, 23])
def test_the_worst_stretch_is_where_the_fault_is(hour: int) -> None:
    one = manifest().strata[""]["every value"]
    rng = np.random.default_rng(hour)
    rows = 24 * 300
    time = np.sort(rng.integers(0, 24 * 3600, rows)) * SECOND
    values = rng.choice(one.golden.points, rows)
    values[time // (3600 * SECOND) == hour] = one.golden.points.max() + 50
    table = pa.table({"x": values, "time": time})
    found = worst_chunk(one, table, "time")
    assert found is not None
    assert found.start_ns // (3600 * SECOND) == hour
    assert found.seconds == 3600
    assert found.distance.lower == 1
    assert str(found) == f"1970-01-01T{hour:02}:00:00Z, 3600 s"
    mixed = table.take(pa.array(rng.permutation(rows)))
    assert worst_chunk(one, mixed, "time") == found
    assert worst_chunk(one, table.slice(0, 50), "time") is None
    assert worst_chunk(one, table.slice(0, 0), "time") is None


def test_stretches_are_as_short_as_rows_allow() -> None:
    held = manifest().strata[""]
    for per_second, seconds in ((200, 10), (20, 60), (2, 600), (1, 3600)):
        rows = per_second * 4000
        table = pa.table({"x": np.arange(rows) % 9, "time": np.arange(rows) * SECOND // per_second})
        found = worst_chunk(held["every value"], table, "time")
        assert found is not None
        assert found.seconds == seconds
    assert worst_chunk(held["memory"], table, "time") is None
