"""Counts under conditions: against a double loop, and against the plain counts of each stratum."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import numpy as np
import pyarrow as pa
import pytest
from numpy.random import default_rng
from scipy.stats import ks_2samp

from karat.distances import ks, total_variation
from karat.errors import CorruptError, InputError
from karat.states import Categories, Counts, ReferenceCounts, StratCounts

HOURS = ReferenceCounts.from_golden(np.array([8, 9, 9, 10]), None)
SPREADS = ReferenceCounts.from_golden(np.array([1, 1, 2, 5]), None)
STAT = StratCounts(HOURS, SPREADS)


def draw(seed: int, size: int = 80) -> tuple[list[int | None], list[int | None]]:
    rng = default_rng(seed)
    hours = [int(v) if v < 12 else None for v in rng.integers(7, 13, size)]
    return hours, [int(v) if v < 7 else None for v in rng.integers(0, 8, size)]


def columns(rows: tuple[list[int | None], list[int | None]]) -> list[pa.Array]:
    return [pa.array(column, pa.int64()) for column in rows]


def cell(points: list[int], value: int | None) -> int:
    """Return the cell of a value by counting points below it and up to it."""
    if value is None:
        return 2 * len(points) + 1
    return bisect_left(points, value) + bisect_right(points, value)


@pytest.mark.parametrize("seed", range(10))
def test_every_row_is_in_the_pair_of_its_cells(seed: int) -> None:
    hours, spreads = draw(seed)
    counted: dict[int, int] = {}
    for hour, spread in zip(hours, spreads, strict=True):
        pair = cell([8, 9, 10], hour) * 8 + cell([1, 2, 5], spread)
        counted[pair] = counted.get(pair, 0) + 1
    state = STAT.observe(*columns((hours, spreads)))
    assert dict(zip(state.cells.tolist(), state.counts.tolist(), strict=True)) == counted


@pytest.mark.parametrize("seed", range(10))
def test_a_stratum_is_the_plain_state_of_its_rows(seed: int) -> None:
    hours, spreads = draw(seed)
    for at, found in STAT.strata(STAT.observe(*columns((hours, spreads)))).items():
        inside = [
            spread
            for hour, spread in zip(hours, spreads, strict=True)
            if (None if hour is None else cell([8, 9, 10], hour)) == at
        ]
        assert found == SPREADS.observe(pa.array(inside, pa.int64()))


def test_what_only_a_condition_shows_is_seen() -> None:
    rng = default_rng(1)
    hours, spreads = np.repeat([9, 10], 5000), rng.integers(1, 6, 10_000)
    faulted = np.append(np.sort(spreads[:5000]), spreads[5000:])
    faulted[:2500], faulted[5000:7500] = faulted[5000:7500].copy(), faulted[:2500].copy()
    cells = ReferenceCounts.from_golden(spreads, None)
    stat = StratCounts(HOURS, cells)
    assert np.array_equal(np.sort(spreads), np.sort(faulted))
    whole, broken = (stat.observe(hours, column) for column in (spreads, faulted))
    assert total_variation(broken, whole).value > 0.1
    golden = ReferenceCounts.from_golden(spreads[:5000], None)
    nine = StratCounts(HOURS, golden).strata(StratCounts(HOURS, golden).observe(hours, faulted))
    told = ks(golden, nine[3])
    assert told.value == pytest.approx(
        ks_2samp(spreads[:5000], faulted[:5000]).statistic, abs=1e-12
    )
    assert told.exceeds(0.1)


def test_columns_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="2 conditions for 1"):
        STAT.observe(np.array([9, 9]), np.array([1]))
    with pytest.raises(InputError, match="golden is int64, rows are float64"):
        STAT.observe(np.array([9]), np.array([0.5]))


@pytest.mark.parametrize(("cells", "nulls"), [([64], 0), ([-1], 0), ([1], 1)])
def test_bytes_of_other_cells_are_refused(cells: list[int], nulls: int) -> None:
    counts = Counts(np.array(cells), np.ones(1, np.int64), nulls)
    with pytest.raises(CorruptError, match="other cells"):
        STAT.decode(Categories().encode(counts))
    last = Counts(np.array([63]), np.ones(1, np.int64), 0)
    assert STAT.strata(STAT.decode(STAT.encode(last))) == {
        None: Counts(np.empty(0, np.int64), np.empty(0, np.int64), 1)
    }
