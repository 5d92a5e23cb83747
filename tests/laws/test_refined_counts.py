"""Rows counted in cells of which some are divided: each where a search among all points puts it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from karat.states import Counts, ReferenceCounts
from karat.states.kernels.cell_table import CellTable
from karat.states.refined_cells import refined
from tests.unit.test_cell_direct import MADE, beside
from tests.unit.test_shared_cells import sent

GOLDEN, ROWS = 4000, 3000
"""Enough rows that a compiled pass is worth it."""


def same(fine: ReferenceCounts, rows: np.ndarray) -> Counts:
    """Return the state of `rows`, after it was found to be that of cells that were never coarse."""
    found = fine.observe(rows)
    assert found == ReferenceCounts(fine.points, fine.golden).observe(rows)
    return found


@pytest.mark.parametrize("cells", [1, 2, 40, 900])
@pytest.mark.parametrize("name", MADE)
@settings(max_examples=12, deadline=None)
@given(share=st.sampled_from([0.0, 0.01, 0.3, 1.0]), seed=st.integers(0, 2**32))
def test_rows_are_counted_where_they_belong(name: str, cells: int, share: float, seed: int) -> None:
    rng = default_rng([seed, cells])
    full = ReferenceCounts.from_golden(MADE[name](rng, GOLDEN), None)
    coarse = full.coarser(cells)
    gaps = np.flatnonzero(rng.random(coarse.points.size + 1) < share)
    fine = refined(coarse, full, 2 * gaps)
    alike = MADE[name](rng, ROWS)
    for rows in (beside(full.points, rng), alike, alike[::-1], np.full(ROWS, alike[0])):
        whole = same(fine, rows)
        assert fine.coarsen(whole, coarse) == coarse.observe(rows)
        cut = int(rng.integers(rows.size))
        parts = fine.observe(rows[:cut]), fine.observe(rows[cut:])
        assert fine.encode(fine.merge(*parts)) == fine.encode(whole)


def test_more_rows_than_a_count_has_room_for_are_counted_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = default_rng(3)
    golden, rows = MADE["waits"](rng, GOLDEN), MADE["waits"](rng, ROWS)
    full = ReferenceCounts.from_golden(golden, None)
    fine = refined(full.coarser(50), full, np.array([20, 22]))
    monkeypatch.setattr(CellTable, "at_once", 700)
    same(fine, rows)


def test_another_process_is_sent_them_whole() -> None:
    rng = default_rng(4)
    full = ReferenceCounts.from_golden(MADE["floats"](rng, GOLDEN), None)
    fine = refined(full.coarser(40), full, np.array([0, 8, 44]))
    rows = MADE["floats"](rng, ROWS)
    before = same(fine, rows)
    there = sent(fine)
    assert there == fine
    assert there.observe(rows) == before
