"""Counts by stretch of time: each stretch is what its rows alone give, however they are counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray

from karat.errors import CorruptError, InputError
from karat.states import ChunkCounts, Counts, ReferenceCounts
from karat.states import counts as sparse

WIDTH = 1000
MODULE = "karat.states.chunk_counts"


def rows(seed: int, size: int, kind: str) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return times that are nearly in order, some before 1970, and values with many ties."""
    rng = default_rng(seed)
    times = rng.integers(-50, 400, size).cumsum() - 20 * WIDTH
    return times, rng.choice([-3, 0, 1, 1, 2, 40, 41, 10**9], size).astype(kind)


def golden(kind: str, cells: int | None = None) -> ReferenceCounts:
    return ReferenceCounts.from_golden(rows(99, 500, kind)[1], cells)


@pytest.mark.parametrize("kind", ["int64", "float64"])
@pytest.mark.parametrize("cells", [1, 3, None])
@pytest.mark.parametrize("seed", range(3))
def test_a_stretch_is_what_its_rows_alone_give(kind: str, cells: int | None, seed: int) -> None:
    cut, (times, values) = golden(kind, cells), rows(seed, 700, kind)
    stat = ChunkCounts(cut, WIDTH)
    starts, counts = stat.chunks(stat.observe(times, values))
    assert starts.tolist() == sorted({int(t) // WIDTH * WIDTH for t in times})
    for start, held in zip(starts, counts, strict=True):
        alone = cut.observe(values[(times >= start) & (times < start + WIDTH)])
        assert np.flatnonzero(held).tolist() == alone.cells.tolist()
        assert held[held > 0].tolist() == alone.counts.tolist()


@pytest.mark.parametrize("kind", ["int64", "float64"])
@pytest.mark.parametrize("far", [False, True], ids=["near", "at the ends of int64"])
def test_every_way_to_count_gives_the_same_bytes(
    monkeypatch: pytest.MonkeyPatch, kind: str, far: bool
) -> None:
    stat, (times, values) = ChunkCounts(golden(kind), WIDTH), rows(7, 3000, kind)
    if far:
        stat = ChunkCounts(golden(kind), 2**60)
        times = default_rng(3).choice([-(2**63), -1, 0, 5, 2**63 - 1], times.size)
    found = set()
    for compiled, dense in ((True, 1 << 22), (False, 1 << 22), (False, 0)):
        monkeypatch.setattr(f"{MODULE}.pays", lambda _, compiled=compiled: compiled)
        monkeypatch.setattr(f"{MODULE}.DENSE", dense)
        found.add(stat.encode(stat.observe(times, values)))
    assert len(found) == 1


def test_wider_stretches_are_made_of_narrow_ones() -> None:
    times, values = rows(5, 900, "int64")
    narrow, wide = (ChunkCounts(golden("int64"), WIDTH * n) for n in (1, 6))
    state = narrow.observe(times, values)
    assert narrow.widened(state, 6) == wide.observe(times, values)
    assert narrow.whole(state) == wide.whole(wide.observe(times, values))
    assert narrow.whole(state) == golden("int64").observe(values)


def test_rows_without_a_time_or_a_value_are_left_out() -> None:
    stat = ChunkCounts(golden("int64"), WIDTH)
    times = pa.array([5, None, 7, 2**62, 1005], pa.int64())
    values = pa.array([1, 1, None, 40, 1], pa.int64())
    state = stat.observe(times, values)
    assert state == stat.observe(np.array([5, 2**62, 1005]), np.array([1, 40, 1]))
    assert (state.rows, state.nulls) == (3, 0)
    assert stat.observe(times[1:3], values[1:3]) == stat.empty()
    assert stat.chunks(stat.empty()).counts.shape == (0, stat.cells.golden.size)


def test_a_golden_without_values_counts_rows() -> None:
    stat = ChunkCounts(ReferenceCounts.from_golden(np.empty(0, np.int64)), WIDTH)
    assert stat.chunks(stat.observe(np.array([1, 2, 1001]), np.array([4, 5, 6]))).counts.tolist() == [[2], [1]]  # fmt: skip  # noqa: E501


def test_what_cannot_be_counted_is_refused() -> None:
    cut = golden("int64")
    stat = ChunkCounts(cut, WIDTH)
    with pytest.raises(InputError, match="chunks are 4 wide: at least"):
        ChunkCounts(cut, 4)
    with pytest.raises(InputError, match="2 times for 1 values"):
        stat.observe(np.arange(2), np.arange(1))
    with pytest.raises(InputError, match="the time holds floats"):
        stat.observe(np.ones(1), np.arange(1))
    with pytest.raises(InputError, match="golden is int64, rows are float64"):
        stat.observe(np.arange(1), np.ones(1))
    nulls = Counts(np.array([3]), np.array([2]), 1)
    with pytest.raises(CorruptError, match="without a value"):
        stat.decode(sparse.encode(nulls, stat.version))


def test_keys_tell_cells_and_widths_apart() -> None:
    stats = [ChunkCounts(golden("int64", n), width) for n in (1, None) for width in (100, 200)]
    assert len({stat.key() for stat in stats}) == len(stats)
