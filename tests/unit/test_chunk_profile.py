"""The profile of a day's stretches against loops over its rows; what is usual of golden days."""

from __future__ import annotations

import json
from fractions import Fraction
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karat.contracts import BlockRule, DistanceRule
from karat.distances import atom_distance, ks, total_variation
from karat.golden import GoldenManifest, manifest_of
from karat.golden.chunk_profile import CELLS, chunk_cells, chunk_distances, profile
from karat.golden.chunk_scale import SECOND, WIDTHS_NS, chunk_scale, spread_of, width_of
from karat.states import Categories, ChunkCounts, Counts, ReferenceCounts
from karat.verdicts.table_sample import TableSample
from tests.unit.test_golden import contract

KINDS = ("ks", "total_variation", "atom")
few = settings(max_examples=60, deadline=None, database=None)
values = st.lists(st.integers(-4, 4), min_size=1, max_size=40)


def golden_of(kind: str, rows: list[int]) -> Any:
    column = np.array(rows, np.int64)
    return ReferenceCounts.from_golden(column) if kind == "ks" else Categories().observe(column)


@few
@given(st.sampled_from(KINDS), values, st.lists(values, min_size=1, max_size=5))
def test_few_values_give_the_distance_in_full(
    kind: str, golden: list[int], chunks: list[list[int]]
) -> None:
    """Values of golden are cells of their own: stretches are as far as their rows alone."""
    whole = golden_of(kind, golden)
    cells = chunk_cells(kind, whole)
    states = [cells.observe(np.array(rows)) for rows in chunks]
    found = chunk_distances(kind, cells, np.stack([dense(cells, state) for state in states]))
    for rows, state, far in zip(chunks, states, found, strict=True):
        alone = Categories().observe(np.array(rows))
        if kind == "ks":
            assert far == ks(cells, state).lower
        elif set(rows) <= set(golden) and len(set(golden)) <= CELLS:
            full = total_variation if kind == "total_variation" else atom_distance
            assert far == full(alone, whole).lower
        else:
            full = total_variation if kind == "total_variation" else atom_distance
            assert far <= full(alone, whole).lower


def dense(cells: ReferenceCounts, state: Counts) -> Any:
    counts = np.zeros(cells.golden.size, np.int64)
    counts[state.cells] = state.counts
    return counts


def counted(stat: ChunkCounts, rows: Any) -> Any:
    return dense(stat.cells, stat.cells.observe(rows))


def test_distances_of_huge_counts_are_exact() -> None:
    cells = ReferenceCounts(np.array([5]), np.array([2**40, 1, 2**40]))
    counts = np.array([[2**30, 2**30, 1], [0, 0, 3]])
    whole, rows = 2**41 + 1, 2**31 + 1
    below = abs(2**30 * whole - 2**40 * rows)
    upto = abs(2**31 * whole - (2**40 + 1) * rows)
    assert chunk_distances("ks", cells, counts) == [
        Fraction(max(below, upto), whole * rows),
        Fraction(2**40 + 1, whole),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_profile_is_what_loops_find(kind: str) -> None:
    rng = np.random.default_rng(3)
    golden = golden_of(kind, rng.integers(0, 6, 500).tolist())
    stat = ChunkCounts(chunk_cells(kind, golden), 100)
    times, rows = rng.integers(0, 2000, 900), rng.integers(0, 6, 900)
    rows[(times >= 700) & (times < 800)] = 5
    found = profile(kind, stat, stat.observe(times, rows), 30)
    held = [rows[times // 100 == bucket] for bucket in range(20)]
    enough = {at * 100: each for at, each in enumerate(held) if each.size >= 30}
    alone = {
        start: chunk_distances(kind, stat.cells, counted(stat, each)[None])[0]
        for start, each in enough.items()
    }  # fmt: skip
    assert found is not None
    assert found.start_ns == 700 == max(alone, key=lambda start: alone[start])
    assert (found.rows, found.distance) == (enough[700].size, alone[700])
    ranked = sorted(alone.values())
    assert found.chunks == len(ranked) >= 19
    assert found.median == ranked[(len(ranked) + 1) // 2 - 1]
    assert sum(one <= found.p95 for one in ranked) >= 0.95 * len(ranked)
    assert sum(one < found.p95 for one in ranked) < 0.95 * len(ranked)
    assert profile(kind, stat, stat.empty(), 1) is None
    assert profile(kind, stat, stat.observe(times, rows), 901) is None


def test_of_equal_stretches_the_first_is_named() -> None:
    stat = ChunkCounts(chunk_cells("ks", golden_of("ks", [1, 2])), 100)
    found = profile("ks", stat, stat.observe(np.array([950, 150, 350]), np.array([2, 2, 1])), 1)
    assert found is not None
    assert (found.start_ns, found.distance, found.chunks) == (100, Fraction(1, 2), 3)


@given(st.lists(st.fractions(0, 1), min_size=2, max_size=25), st.integers(1, 10**6))
def test_a_spread_is_no_less_than_days_and_rows_can_show(far: list[Fraction], rows: int) -> None:
    spread = spread_of(far, rows)
    middle = median(far)
    assert spread >= middle / min(len(far), 10)
    assert 4 * spread**2 * rows >= 1
    near = [4 * abs(one - middle) <= spread for one in far]
    assert 2 * sum(near) >= len(far), "half of the days lie within a quarter of it"
    assert spread_of([], rows) == 1


@pytest.mark.parametrize("seconds", [10, 30, 60, 300, 600, 3600])
def test_stretches_are_the_shortest_with_rows_enough(seconds: int) -> None:
    width = seconds * SECOND
    enough = Fraction(10 * 100, width)
    assert width_of([enough, enough * 2, enough / 5], 100) == width
    narrower = [one for one in WIDTHS_NS if one < width]
    assert width_of([enough * Fraction(99, 100)], 100) > width or width == WIDTHS_NS[-1]
    assert width_of([enough], 101) > width or width == WIDTHS_NS[-1]
    assert all(enough * one < 10 * 100 for one in narrower)
    assert width_of([], 1) == WIDTHS_NS[-1]


def hours(seed: int, per_hour: int = 60, shift: int = 0) -> pa.Table:
    """Return a day of steady rows whose hour 7 is moved by `shift`."""
    rng = np.random.default_rng(seed)
    time = np.sort(rng.integers(0, 24 * 3600, 24 * per_hour)) * SECOND
    moved = np.where(time // (3600 * SECOND) == 7, shift, 0)
    return pa.table({"x": rng.integers(0, 50, time.size) + moved, "time": time})


def golden(per_hour: int = 60, **unpaired: Any) -> GoldenManifest:
    asked = contract([{"name": "value", "column": "x", "min_rows": 10}], **unpaired)
    days = [TableSample(f"i/{n}", hours(n, per_hour)) for n in range(8)]
    return manifest_of(asked, days[:4], days[4:])


def test_golden_days_say_what_is_usual_of_stretches() -> None:
    made = golden()
    one = made.strata[""]["value"]
    cut = one.chunks
    assert cut is not None
    assert cut.usual is not None
    assert (cut.time, cut.width_ns, cut.min_rows) == ("time", 3600 * SECOND, 10)
    assert len(cut.left_out) == 4
    assert cut.ratio(cut.usual) == 0 == cut.ratio(Fraction(0))
    assert cut.ratio(cut.usual + 3 * cut.spread) == 3
    measure = one.by_chunk()
    assert measure is not None
    for day in made.calibration:
        table = hours(int(day.partition.removeprefix("i/")))
        far = one.profile(measure.observe(table))
        assert far is not None
        assert day.chunks["value"] == far.distance
    assert GoldenManifest.decode(made.encode(), made.cell_files()) == made
    json.loads(made.encode())


def test_days_too_thin_to_be_cut_are_not() -> None:
    one = golden(per_hour=4).strata[""]["value"]
    assert one.chunks is not None
    assert one.thin
    assert one.by_chunk() is None
    assert golden(per_hour=4).calibration[0].chunks == {}


def test_what_is_not_asked_is_not_measured() -> None:
    made, asked = golden(), contract([{"name": "value", "column": "x", "min_rows": 10}])
    assert made.usable(asked)["value"].by_chunk() is not None
    for other in (
        {"worst_chunk": "none"},
        {"blocks": None},
        {"blocks": {"time": "x", "width_ns": 9}},
    ):
        rules = contract([{"name": "value", "column": "x", "min_rows": 10}], **other)
        assert made.usable(rules)["value"].chunks is None
    thicker = contract([{"name": "value", "column": "x", "min_rows": 40}])
    assert made.usable(thicker)["value"].by_chunk() == made.usable(asked)["value"].by_chunk()
    warned = contract([{"name": "value", "column": "x"}], worst_chunk="warn")
    assert made.limits(warned, made.usable(warned)) == made.scores(["value"])
    assert made.limits(asked, made.usable(asked)) == made.scores(["value"], ["value"])


def test_a_single_reference_day_has_stretches_and_no_spread() -> None:
    rule = DistanceRule.model_validate({"name": "value", "column": "x", "min_rows": 10})
    day = TableSample("i/0", hours(0))
    cells = ReferenceCounts.from_golden(day.table["x"])
    cut = chunk_scale(rule, (), BlockRule(time="time", width_ns=1), cells, [day])
    assert not cut.left_out
    assert cut.spread == 1
    assert cut.usual is not None
