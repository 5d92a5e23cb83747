"""Each kind that is refined judges as a contract with every golden value does."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from benchmarks.partitions import lean_table
from karat.contracts import Contract
from karat.golden import Finer, GoldenManifest, manifest_of
from karat.golden.refinable import DOUBTS, refinable
from karat.states import ReferenceCounts
from karat.verdicts.table_sample import TableSample, judge_table
from tests.journeys.refined_days import ROWS, contract, day

KINDS = [kind for kind in DOUBTS if kind != "ks"]
ALPHAS = ["0.05", "0.3", "0.7"]


def asked(kind: str, cells: int | None, alpha: str = "0.05") -> Contract:
    return contract(alpha=alpha, distances=[
        {"name": name, "column": "value", "kind": kind, "cells": cells, "of": of}
        for name, of in (("value", "value"), ("steps", "movement"))
    ])  # fmt: skip


@cache
def golden(kind: str, cells: int | None) -> GoldenManifest:
    days = [TableSample(f"g/{n:03}", lean_table(10**6 + n, ROWS)) for n in range(22)]
    return manifest_of(asked(kind, cells), days[:3], days[3:])


def told(kind: str, cells: int | None, alpha: str, number: int) -> list[Any]:
    sample = TableSample("v-m-many/2024-01-01", day(number))
    found = judge_table(asked(kind, cells, alpha), sample, golden(kind, cells))
    return [(one.name, one.outcome) for one in found]


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("kind", KINDS)
def test_days_are_judged_as_by_all_values(kind: str, alpha: str) -> None:
    for number in range(8):
        coarse, every = (told(kind, cells, alpha, number) for cells in (6, None))
        assert coarse == every
        if kind not in ("wasserstein", "cramer_von_mises"):
            assert all(str(outcome) != "INCONCLUSIVE" for _, outcome in coarse)


@pytest.mark.parametrize("kind", KINDS)
def test_scales_and_golden_days_are_those_of_all_values(kind: str) -> None:
    coarse, every = golden(kind, 6), golden(kind, None)
    for name, one in coarse.strata[""].items():
        other = every.strata[""][name]
        assert one.full
        assert not other.full
        assert refinable(one.rule)
        assert not refinable(other.rule)
        assert (one.scale, one.left_out) == (other.scale, other.left_out)
    assert [day.distances for day in coarse.calibration] == [
        day.distances for day in every.calibration
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_some_days_are_in_doubt_before(kind: str) -> None:
    """Else the tests above would show nothing."""
    found: list[Any] = []
    for number in range(8):
        sample = TableSample("v-m-many/2024-01-01", day(number))
        for alpha in ALPHAS:
            found += judge_table(asked(kind, 6, alpha), sample, golden(kind, 6))
    assert any("refined" in one.numbers for one in found)


def test_a_day_without_rows_in_divided_cells_is_lifted_unread() -> None:
    """Sums of cells that are left whole go on unchanged."""
    held = golden("wasserstein", 6).strata[""]["value"]
    full = ReferenceCounts.from_bytes(held.every or b"")
    low = held.golden.cells.points[0]
    near, far = (np.full(50, low, np.int64), np.arange(low - 400, low + 4000, 10))
    finer = Finer.of(held, full, held.measure().statistic.observe(far))
    fine = finer.yardstick.measure().statistic
    assert finer.cells
    assert finer.lifted(held.measure().statistic.observe(near)) == fine.observe(near)
    assert finer.lifted(held.measure().statistic.observe(far)) is None
    whole = Finer.of(held, full, held.measure().statistic.observe(near))
    state = held.measure().statistic.observe(far)
    assert whole.cells or whole.lifted(state) == state
