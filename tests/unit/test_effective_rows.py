"""Effective rows at three widths against every block written out, and clocks beside windows."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from itertools import groupby

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from numpy.typing import NDArray

from karat.errors import CorruptError, InputError
from karat.states import (
    BlockVar,
    Clocked,
    Difference,
    EffectiveRows,
    Movement,
    ReferenceCounts,
    Windowed,
    least_effective_rows,
)
from karat.states.block_runs import block_runs

Int64s = NDArray[np.int64]
POINTS = ReferenceCounts.from_golden(np.arange(4), None)
few = settings(max_examples=30)
cuts = st.lists(st.integers(0, 700), max_size=4)


def worth(times: list[int], values: list[int], width: int) -> Fraction | None:
    """Return rows over the largest phi, block after block and cut after cut, in rationals."""
    blocks: dict[int, list[int]] = {}
    for time, value in zip(times, values, strict=True):
        blocks.setdefault(time // width, []).append(value)
    inner = list(blocks.values())[1:-1]
    rows = sum(map(len, inner))
    phis = []
    for point in range(4):
        share = Fraction(sum(v <= point for b in inner for v in b), max(rows, 1))
        if len(inner) >= 20 and 0 < share < 1:
            apart = [sum((v <= point) - share for v in block) for block in inner]
            spread = Fraction(sum(x * x for x in apart)) * len(inner) / (len(inner) - 1)
            phis.append(spread / (rows * share * (1 - share)))
    return len(values) / max(*phis, Fraction(1)) if phis else None


def walk(seed: int, rows: int) -> tuple[Int64s, Int64s]:
    """Return times that stand still or go on, and values that often stay what they are."""
    rng = default_rng(seed)
    values = rng.integers(0, 4, rows).repeat(rng.integers(1, 12, rows))[:rows]
    return rng.integers(0, 3, rows).cumsum() - 300, values


def cut_and_merged(stat: EffectiveRows, columns: tuple[Int64s, Int64s], at: list[int]) -> bytes:
    edges = sorted(min(one, columns[0].size) for one in at)
    parts = zip(*(np.split(column, edges) for column in columns), strict=True)
    return stat.encode(reduce(stat.merge, [stat.observe(*part) for part in parts]))


@few
@given(st.integers(0, 2**32), st.integers(0, 700), st.integers(1, 9), cuts)
def test_the_least_of_three_widths_is_what_rows_are_worth(
    seed: int, rows: int, width: int, at: list[int]
) -> None:
    columns = times, values = walk(seed, rows)
    stat = EffectiveRows(POINTS, width)
    state = stat.observe(*columns)
    each = [worth(times.tolist(), values.tolist(), factor * width) for factor in (1, 4, 16)]
    assert [one.effective_rows() for one in state] == each
    known = [one for one in each if one is not None]
    assert least_effective_rows(state) == min(known, default=None)
    assert all(0 < one <= rows for one in known)
    assert cut_and_merged(stat, columns, at) == stat.encode(state)


@few
@given(st.integers(0, 2**32), st.integers(0, 60), cuts, st.sampled_from([1, 2, 4]))
def test_a_window_has_the_time_of_its_last_row(
    seed: int, rows: int, at: list[int], width: int
) -> None:
    times, values = walk(seed, rows)
    moved = Clocked(Movement())(np.stack([times, values], 1), width) if rows >= width else None
    if moved is not None:
        assert moved[:, 0].tolist() == times[width - 1 :].tolist()
        assert (
            moved[:, 1].tolist()
            == np.abs(values[width - 1 :] - values[: rows - width + 1]).tolist()
        )
    stat = Windowed(width, Clocked(Difference()), EffectiveRows(POINTS, 3))
    edges = sorted(min(one, rows) for one in at)
    parts = zip(np.split(times, edges), np.split(values, edges), strict=True)
    state = reduce(stat.merge, [stat.observe(*part) for part in parts])
    steps = values[width - 1 :] - values[: max(rows - width + 1, 0)]
    assert state.inner == stat.inner.observe(times[width - 1 :][: steps.size], steps)


def test_the_same_rows_twice_are_not_worth_more_rows() -> None:
    times, values = walk(3, 4000)
    once = least_effective_rows(EffectiveRows(POINTS, 5).observe(times, values))
    twice = EffectiveRows(POINTS, 5).observe(times.repeat(2), values.repeat(2))
    assert once is not None
    worth_twice = least_effective_rows(twice)
    assert worth_twice is not None
    assert once <= worth_twice < Fraction(11, 10) * once


def test_only_ranks_among_the_points_matter() -> None:
    times, values = walk(4, 900)
    plain = EffectiveRows(POINTS, 4).observe(times, values)
    cells = ReferenceCounts.from_golden(np.arange(4) * 1000 - 7, None)
    assert EffectiveRows(cells, 4).observe(times, values * 1000 - 7) == plain
    gone = default_rng(4).random(900) < 0.5
    held = EffectiveRows(POINTS, 4).observe(times, pa.array(values, mask=gone))
    assert held == EffectiveRows(POINTS, 4).observe(times[~gone], values[~gone])


def test_widths_and_cells_are_in_the_name() -> None:
    other = ReferenceCounts.from_golden(np.arange(5), None)
    stats = [EffectiveRows(POINTS, 1), EffectiveRows(POINTS, 4), EffectiveRows(other, 1)]
    keys = {stat.key() for stat in stats} | {BlockVar(POINTS, width).key() for width in (1, 4, 16)}
    assert len(keys) == 6
    assert Clocked(Difference()).key() not in {Clocked(Movement()).key(), Difference().key()}
    with pytest.raises(InputError, match="at least 1"):
        EffectiveRows(POINTS, 0)


def test_states_of_two_widths_are_none_of_three() -> None:
    stat = EffectiveRows(POINTS, 2)
    data = stat.encode(stat.observe(*walk(5, 90)))
    with pytest.raises(CorruptError):
        BlockVar(POINTS, 2).decode(data)
    with pytest.raises(CorruptError):
        EffectiveRows(ReferenceCounts.from_golden(np.arange(9), None), 2).decode(data)


@few
@given(seed=st.integers(0, 2**32), rows=st.integers(1, 3000), width=st.integers(1, 60))
def test_compiled_sums_over_blocks_are_those_of_numpy(seed: int, rows: int, width: int) -> None:
    clock, values = walk(seed, rows)
    rng = default_rng(seed)
    clock = clock - rng.choice([0, 0, 900], rows) if seed % 2 else clock
    for points in (POINTS, ReferenceCounts.from_golden(np.empty(0, np.int64))):
        stat, found = EffectiveRows(points, width), []
        for compiled in (True, False):
            with pytest.MonkeyPatch.context() as patch:
                for module in ("effective_rows", "block_runs"):
                    patch.setattr(f"karat.states.{module}.pays", lambda _, pays=compiled: pays)
                found.append(stat.observe(clock, values))
        assert found[0] == found[1]
        assert stat.encode(found[0]) == stat.encode(found[1])


@few
@given(seed=st.integers(0, 2**32), width=st.sampled_from([1, 7, 10**9, 2**62, 2**63 - 1]))
def test_stretches_of_the_clock_are_whole_parts_wherever_they_lie(seed: int, width: int) -> None:
    rng = default_rng(seed)
    near = rng.choice([-(2**63), -width, 0, 2**63 - 10_000])
    steps = rng.choice([0, 1, width // 50], 400).astype(object).cumsum()
    times = [min(max(int(near) + int(step), -(2**63)), 2**63 - 1) for step in steps]
    clock = np.where(rng.random(400) < 0.01, rng.integers(-99, 99, 400), np.array(times, np.int64))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("karat.states.block_runs.pays", lambda _: True)
        buckets, edges = block_runs(clock, width)
    runs = [(int(bucket), len(list(run))) for bucket, run in groupby(clock // width)]
    assert list(zip(buckets.tolist(), np.diff(edges).tolist(), strict=True)) == runs
