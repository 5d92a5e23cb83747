"""Compiled passes against the plain numpy ones, which small inputs use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from karat.distances import ks
from karat.errors import InputError
from karat.states import Counts, ReferenceCounts
from karat.states import counts as sparse
from karat.states.kernels.cell_table import CellTable

INTS = np.array([-(2**63), -(2**63) + 1, -(2**53) - 1, -1, 0, 1, 2**53 + 1, 2**63 - 1], np.int64)
FLOATS = np.array([-np.inf, -1e300, -5e-324, -0.0, 0.0, 5e-324, 0.1, 1e300, np.inf])
drawn = given(seed=st.integers(0, 2**32))
few = settings(max_examples=60, deadline=None, database=None)


def shaped(rng: Generator, size: int, kind: str) -> NDArray[Any]:
    """Return values that fall on a grid, spread over all magnitudes, or lie near the extremes."""
    spread = np.exp(rng.normal(0, 12, size)) * rng.choice([-1, 1], size)
    spread = spread.clip(-1e18, 1e18)
    values = [rng.integers(-20, 20, size) + 10**6, spread, rng.choice(INTS, size)]
    chosen = values[rng.integers(0, 3)]
    mixed = np.where(rng.random(size) < 0.02, rng.choice(INTS, size), chosen.astype(np.int64))
    if kind == "int64":
        return mixed
    return np.where(rng.random(size) < 0.1, rng.choice(FLOATS, size), chosen.astype(float))


def both(monkeypatch: pytest.MonkeyPatch, work: Any) -> tuple[Any, Any]:
    """Return what `work` gives with compiled passes only, and with numpy only."""
    found = []
    for pays in (True, False):
        for module in ("states.counts", "states.reference_counts", "distances.kolmogorov_smirnov"):
            monkeypatch.setattr(f"karat.{module}.pays", lambda _, pays=pays: pays)
        found.append(work())
    return found[0], found[1]


@pytest.mark.parametrize("kind", ["int64", "float64"])
@few
@drawn
def test_the_table_finds_the_cells_of_two_binary_searches(kind: str, seed: int) -> None:
    rng = default_rng(seed)
    points = np.unique(shaped(rng, int(rng.integers(1, 300)), kind) + np.dtype(kind).type(0))
    values = np.append(shaped(rng, 400, kind), [points[0], points[-1]]).astype(kind)
    table = CellTable.of(points)
    expected = points.searchsorted(values) + points.searchsorted(values, "right")
    assert np.array_equal(table.locate(values), expected)
    counted = np.bincount(expected, minlength=2 * points.size + 1)
    assert np.array_equal(table.counts(values), counted)
    cells, counts = table.runs(np.sort(values))
    assert np.array_equal(cells, np.flatnonzero(counted))
    assert np.array_equal(counts, counted[cells])


@few
@drawn
def test_counts_are_the_same_however_many_are_counted_at_once(seed: int) -> None:
    rng = default_rng(seed)
    table = CellTable.of(np.unique(shaped(rng, 50, "int64")))
    values = shaped(rng, 300, "int64")
    at_once, size = table.counts(values), int(rng.integers(1, 100))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CellTable, "at_once", size)
        assert np.array_equal(table.counts(values), at_once)


@pytest.mark.parametrize("points", [2**16 - 1, 2**16])
def test_a_place_among_points_is_told_in_as_few_bytes_as_hold_it(points: int) -> None:
    table = CellTable.of(np.arange(points) * 3)
    assert table.short.itemsize == (2 if points < 2**16 else 4)
    counted = np.append(table.counts(np.arange(-5, 3 * points)), 0)
    assert counted[:5].tolist() == [5, 1, 2, 1, 2]
    assert (counted[1::2] == [*[1] * points, 0]).all()
    assert (counted[2::2] == 2).all()


@pytest.mark.parametrize("kind", ["int64", "float64"])
def test_an_outlier_does_not_spoil_the_table(kind: str) -> None:
    points = np.append(np.arange(10**6, 10**6 + 4000), [2**62]).astype(kind)
    points = np.append(np.array([-(2.0**62)], kind), points)
    assert CellTable.of(points).effort() < points.size
    assert np.array_equal(CellTable.of(points).locate(points), 2 * np.arange(points.size) + 1)


@pytest.mark.parametrize("cells", [None, 7])
@pytest.mark.parametrize("kind", ["int64", "float64"])
def test_states_and_distances_are_numpys(
    kind: str, cells: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(40):
        rng = default_rng(seed)
        stat = ReferenceCounts.from_golden(shaped(rng, int(rng.integers(1, 200)), kind), cells)
        left, right = (shaped(rng, int(rng.integers(0, 300)), kind) for _ in "lr")
        if kind == "float64":
            left = np.where(rng.random(left.size) < 0.1, np.nan, left)

        def work(
            stat: ReferenceCounts = stat, left: Any = left, right: Any = right
        ) -> tuple[Any, ...]:
            states = stat.observe(left), stat.observe(right)
            merged = stat.merge(*states)
            found = *states, merged, stat.subtract(merged, states[0])
            return *found, *map(stat.encode, found), *(ks(stat, state) for state in found)

        compiled, plain = both(monkeypatch, work)
        assert compiled == plain


def test_arrow_and_strided_columns_are_counted_as_numpy_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("karat.states.reference_counts.pays", lambda _: True)
    values = default_rng(3).integers(0, 50, 5000)
    stat = ReferenceCounts.from_golden(values[:1000], 20)
    expected = stat.observe(values[::2].copy())
    assert stat.observe(values[::2]) == stat.observe(pa.array(values[::2])) == expected
    holes = pa.array(values, mask=np.arange(values.size) % 2 == 1)
    assert stat.observe(holes) == Counts(expected.cells, expected.counts, values.size // 2)
    read = ReferenceCounts.from_bytes(stat.to_bytes())
    assert read.observe(values[::2]) == expected


@pytest.mark.parametrize("golden", [2**31, 2**33])
def test_a_golden_of_any_size_is_measured(golden: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stat = ReferenceCounts(np.array([1, 2]), np.array([5, golden, 7, golden, 0]))
    state = stat.observe(np.array([0, 1, 2, 2, 3]))
    compiled, plain = both(monkeypatch, lambda: ks(stat, state))
    assert compiled == plain


def test_rows_that_are_not_there_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("karat.states.counts.pays", lambda _: True)
    one, two = (sparse.count_cells(np.array(cells), 0) for cells in ([1, 2], [1, 1, 2]))
    assert sparse.subtract(two, one) == sparse.count_cells(np.array([1]), 0)
    with pytest.raises(InputError, match="subtract"):
        sparse.subtract(one, two)


def test_numba_is_loaded_for_many_rows_only() -> None:
    code = """
import sys, numpy as np
from karat.distances import ks
from karat.states import ReferenceCounts, kernels
stat, pieces = ReferenceCounts.from_golden(np.arange(10)), 16
rows = np.arange(kernels.ROWS_TO_LOAD // pieces) % 12
states = []
for piece in range(pieces):
    states.append(stat.observe(rows))
    print("numba" in sys.modules)
assert len({stat.encode(state) for state in states}) == 1
print(kernels.pays(kernels.LEAST_ROWS), kernels.pays(kernels.LEAST_ROWS - 1))
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert answer.stdout.split() == [b"False"] * 15 + [b"True", b"True", b"False"]


def test_few_rows_of_a_whole_contract_do_not_wait_for_numba() -> None:
    """A restated chunk of a large day is looked at in less time than loading takes."""
    code = """
import sys, numpy as np, pyarrow as pa
from karat.contracts import load_contract, measures, observed
asked = list(measures(load_contract(sys.argv[1])))
names = {name for one in asked for name in one.reads()}
rows = np.arange(3000)
states = list(observed(pa.table({name: rows // (1 + len(name)) % 5 for name in names}), asked))
print(len(states) == len(asked) > 10, "numba" in sys.modules)
"""
    contract = Path(__file__).parents[2] / "contracts" / "book_events.yaml"
    words = [sys.executable, "-c", code, str(contract)]
    answer = subprocess.run(words, capture_output=True, check=True)
    assert answer.stdout.split() == [b"True", b"False"]
