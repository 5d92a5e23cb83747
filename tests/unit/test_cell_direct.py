"""Values placed by their bucket alone are where a search among the points puts them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from karat.states import ReferenceCounts
from karat.states.kernels.cell_table import CellTable

FAR = 2**63 - 1
MADE: dict[str, Callable[[Generator, int], NDArray[Any]]] = {
    "waits": lambda rng, size: rng.lognormal(12, 2, size).astype(np.int64),
    "ticks": lambda rng, size: rng.binomial(1999, 0.5, size),
    "one": lambda _, size: np.full(size, 7),
    "two": lambda rng, size: rng.choice([-FAR - 1, FAR], size),
    "any": lambda rng, size: rng.integers(-FAR - 1, FAR, size, endpoint=True),
    "outliers": lambda rng, size: np.append(rng.integers(-50, 50, size), [-FAR, FAR]),
    "floats": lambda rng, size: rng.standard_normal(size),
    "returns": lambda rng, size: np.round(rng.standard_normal(size), 4),
    "prices": lambda rng, size: np.round(60_000 + 50 * rng.standard_normal(size), 2),
    "least floats": lambda rng, size: rng.integers(-40, 40, size) * 5e-324,
    "most floats": lambda rng, size: 1.7e308 * rng.uniform(-1, 1, size),
    "far floats": lambda rng, size: np.append(rng.standard_normal(size), [-np.inf, -0.0, 1e308]),
}


def counted(points: NDArray[Any], values: NDArray[Any]) -> list[int]:
    """Return how many values are in each cell, by numpy's own search."""
    at, after = (np.searchsorted(points, values, side) for side in ("left", "right"))
    return list(np.bincount(at + after, minlength=2 * points.size + 1))


def beside(points: NDArray[Any], rng: Generator) -> NDArray[Any]:
    """Return the points and what comes right before and after each, in any order."""
    if points.dtype == np.float64:
        near = [np.nextafter(points, side) for side in (-np.inf, np.inf)]
    else:
        near = [points - (points > -FAR), points + (points < FAR)]
    return rng.permutation(np.concatenate([points, *near]))


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("size", [1, 5, 3000, 40_000])
@pytest.mark.parametrize("name", MADE)
def test_values_are_counted_where_they_belong(name: str, size: int, tied: bool) -> None:
    rng = default_rng([size, 3])
    points = np.unique(MADE[name](rng, size) + 0)
    table = CellTable.of(points)
    alike = [made(rng, 1700) for made in MADE.values()]
    others = np.concatenate([some for some in alike if some.dtype == points.dtype])
    for values in (beside(points, rng), others):
        assert table.counts(values, tied=tied).tolist() == counted(points, values)


@pytest.mark.parametrize(("points", "kept"), [(32_767, True), (32_768, False)])
def test_cells_that_two_bytes_cannot_name_are_searched_for(points: int, kept: bool) -> None:
    table = CellTable.of(np.arange(points) * 3)
    assert (table.direct is not None) == kept
    values = default_rng(1).integers(-9, 3 * points + 9, 5000)
    assert table.counts(values).tolist() == counted(table.points, values)


@pytest.mark.parametrize("name", ["waits", "floats", "returns", "prices"])
def test_few_values_of_a_spread_golden_are_left_to_be_searched_for(name: str) -> None:
    golden = MADE[name](default_rng(1), 200_000)
    table = ReferenceCounts.from_golden(golden, 1000).table
    assert table.direct is not None
    buckets = table.direct.cells
    assert np.mean(buckets == 2 * table.points.size + 1) < 0.05
    assert buckets.size > 4 * table.starts.size


def test_single_integers_need_no_search() -> None:
    table = CellTable.of(np.unique(MADE["ticks"](default_rng(2), 5000)))
    assert table.direct is not None
    assert table.single
    assert not (table.direct.cells[1:-2] == 2 * table.points.size + 1).any()
