"""Several statistics of one column in one pass: the states are those each makes alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from karat.errors import InputError
from karat.states import (
    ACF,
    Atoms,
    Categories,
    ChunkCounts,
    Clocked,
    Difference,
    EffectiveRows,
    Even,
    LastDigits,
    Movement,
    ReferenceCounts,
    Windowed,
)
from karat.states.block_runs import block_runs
from karat.states.kernels.cell_table import CellTable
from karat.states.one_pass import Asked, observe_all
from karat.states.picked import Picked, Rows, stored
from karat.states.placed import Placed, cells_in, placed
from karat.states.time_runs import Runs, later, wider

drawn = given(seed=st.integers(0, 2**32))
few = settings(max_examples=25, deadline=None, database=None)
SECOND = 10**9


@pytest.fixture(autouse=True)
def _compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("one_pass", "block_runs", "reference_counts", "categories", "difference"):
        monkeypatch.setattr(f"karat.states.{module}.pays", lambda _: True)


def values_of(rng: Generator, rows: int) -> NDArray[np.int64]:
    """Return values near each other, far from each other, or at the ends of int64."""
    near, far = rng.integers(-9, 30, rows), rng.integers(-(10**15), 10**15, rows)
    ends = rng.choice([-(2**63), 2**63 - 1, 0, 7], rows)
    kinds: list[NDArray[np.int64]] = [near, far, np.where(rng.random(rows) < 0.1, ends, near)]
    return kinds[rng.integers(0, 3)]


def columns(rng: Generator, rows: int, nulls: float = 0.0) -> tuple[Picked, Picked]:
    """Return a time that may go back, and values, of some of the rows."""
    clock = np.cumsum(rng.choice([0, 1, SECOND, 70 * SECOND, -SECOND], rows))
    mask = rng.random(rows) < rng.choice([0.2, 1.0]) if rng.random() < 0.7 else None
    chosen = Rows(rows, mask)
    gaps = rng.random(rows) < nulls
    found = pa.array(clock), pa.array(values_of(rng, rows), mask=gaps if nulls else None)
    time, column = (Picked(stored(one), chosen) for one in found)
    return time, column


def statistics(rng: Generator, values: NDArray[np.int64]) -> list[Any]:
    """Return statistics that count values, by cells of a golden and of parts of it or others."""
    golden = np.append(rng.choice(values, 50) if values.size else [], rng.integers(-9, 30, 20))
    fine = ReferenceCounts.from_golden(golden.astype(np.int64), int(rng.integers(1, 60)))
    coarse = fine.coarser(int(rng.integers(1, 9)))
    other = ReferenceCounts.from_golden(rng.integers(-20, 20, 30), 5)
    none = ReferenceCounts.from_golden(np.empty(0, np.int64))
    cells = [fine, coarse, other, none]
    by_time = [EffectiveRows(one, SECOND * int(rng.integers(1, 90))) for one in cells]
    stretches = [ChunkCounts(one, 60 * SECOND * int(rng.integers(1, 9))) for one in cells]
    asked = [*cells, Categories(), Atoms(), *by_time, *stretches]
    return [asked[at] for at in rng.permutation(len(asked))[: int(rng.integers(1, 9))]]


def asked_of(rng: Generator, time: Picked, column: Picked) -> list[Asked]:
    """Ask for statistics of the values as they are, or of their windows."""
    asked: list[Asked] = []
    functions = [(1, None), (2, Difference()), (4, Movement()), (1, LastDigits(1)), (3, Even())]
    for at in rng.permutation(len(functions))[:3]:
        width, function = functions[at]
        for inner in [*statistics(rng, column.values), ACF(2)]:
            clocked = isinstance(inner, EffectiveRows | ChunkCounts)
            shown = (Clocked(function) if clocked else function) if function else None
            whole = Windowed(width, shown, inner) if shown else inner
            asked.append((whole, (time, column) if clocked else (column,)))
    return asked


def searched(cells: ReferenceCounts, values: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the cell of each value by two binary searches."""
    return cells.points.searchsorted(values) + cells.points.searchsorted(values, "right")


@few
@drawn
def test_states_are_those_that_each_statistic_makes_alone(seed: int) -> None:
    rng = default_rng(seed)
    asked = asked_of(rng, *columns(rng, int(rng.choice([0, 1, 3, 50, 4000]))))
    together = observe_all(asked)
    for (statistic, given_columns), state in zip(asked, together, strict=True):
        alone = statistic.observe(*given_columns)
        assert state == alone
        assert statistic.encode(state) == statistic.encode(alone)


@few
@drawn
def test_rows_without_a_value_are_left_to_each_statistic(seed: int) -> None:
    rng = default_rng(seed)
    time, column = columns(rng, 300, nulls=0.1)
    plain = [one for one in statistics(rng, column.values) if not isinstance(one, EffectiveRows)]
    clocked = [isinstance(one, ChunkCounts) for one in plain]
    asked = [(s, (time, column) if by else (column,)) for s, by in zip(plain, clocked, strict=True)]
    assert observe_all(asked) == [one.observe(*given_columns) for one, given_columns in asked]


def test_what_a_statistic_refuses_is_refused() -> None:
    time, column = columns(default_rng(1), 100)
    floats = ReferenceCounts.from_golden(np.array([0.5, 1.5]))
    with pytest.raises(InputError, match="golden is float64"):
        observe_all([(floats, (column,)), (Categories(), (column,))])
    with pytest.raises(InputError, match="differences are of one column"):
        observe_all([(Windowed(2, Difference(), ACF(1)), (time, column))])


def test_values_are_placed_once_for_all_who_count_them(monkeypatch: pytest.MonkeyPatch) -> None:
    rng, located = default_rng(2), []
    time, _ = columns(rng, 2000)
    far = Picked(stored(pa.array(rng.integers(0, 10**9, 2000))), time.rows)
    fine = ReferenceCounts.from_golden(rng.integers(0, 10**9, 500))
    blocks, stretches = EffectiveRows(fine.coarser(4), SECOND), ChunkCounts(fine.coarser(8), SECOND)
    locate = CellTable.locate

    def seen(table: CellTable, values: NDArray[Any]) -> NDArray[np.int64]:
        located.append(table.points.size)
        return locate(table, values)

    monkeypatch.setattr(CellTable, "locate", seen)
    observe_all([(fine, (far,)), (blocks, (time, far)), (stretches, (time, far))])
    assert located == [fine.points.size]


@few
@drawn
def test_cells_of_a_part_of_the_points_are_made_of_ours(seed: int) -> None:
    rng = default_rng(seed)
    fine = ReferenceCounts.from_golden(values_of(rng, 200), int(rng.integers(1, 50)))
    coarse, values = fine.coarser(int(rng.integers(1, 20))), values_of(rng, 500)
    into = cells_in(fine, coarse)
    assert into is not None
    assert np.array_equal(into[searched(fine, values)], searched(coarse, values))
    strange = ReferenceCounts.from_golden(np.append(fine.points, 10**6))
    assert (cells_in(fine, strange) is None) == (strange.points.size > fine.points.size)


@few
@drawn
def test_stretches_of_a_multiple_are_made_of_narrow_ones(seed: int) -> None:
    rng = default_rng(seed)
    clock = np.cumsum(rng.integers(-3, 40, int(rng.integers(1, 300))))
    width, times, skipped = (
        int(rng.integers(1, 20)),
        int(rng.integers(1, 9)),
        int(rng.integers(0, 9)),
    )
    narrow = Runs(*block_runs(clock, width))
    for found, expected in (
        (wider(narrow, times), block_runs(clock, width * times)),
        (later(narrow, skipped), block_runs(clock[skipped:], width)),
    ):
        if clock.size > skipped:
            assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


def test_values_far_apart_without_a_golden_are_not_placed() -> None:
    far = np.array([0, 2**62, -(2**62)])
    assert placed(far, [Categories()]) is None
    near = placed(np.array([5, 5, 6]), [ReferenceCounts.from_golden(np.array([5]))])
    assert isinstance(near, Placed)
    assert near.counts.tolist() == [2, 1]
