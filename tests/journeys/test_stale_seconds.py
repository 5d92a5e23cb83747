"""Five seconds in which a book stands still, in a soak inside 50 M rows: found, and found where."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from karat.contracts import Contract, Measure
from karat.golden import manifest_of
from karat.verdicts import Outcome
from karat.verdicts.table_sample import TableSample, judge_table
from tests.unit.test_golden import contract
from tests.unit.test_worst_chunk import spoiled

SECOND = 10**9
DAY_S = 24 * 3600 if os.environ.get("KARAT_SOAK") else 1800
ROWS = 579 * DAY_S
REFERENCE, CALIBRATION = 4, 19
STALE_S = DAY_S * 57 // 100 // 10 * 10 + 3
MOVE: list[dict[str, Any]] = [{"name": "move", "column": "x", "of": "movement"}]


@lru_cache(maxsize=1)
def day(seed: int, rows: int) -> pa.Table:
    """Return a day of best prices in ticks; days differ in how wild they are.

    It is drawn and not simulated, and lies in memory until the next one is looked at.
    """
    rng = np.random.default_rng([11, seed])
    step = DAY_S * SECOND // rows
    time = np.arange(rows, dtype=np.int64) * step + rng.integers(0, step, rows)
    wild = 3 * np.exp(rng.normal(0, 0.03))
    moves = (rng.standard_normal(rows, dtype=np.float32) * np.float32(wild)).astype(np.int64)
    return pa.table({"x": np.cumsum(moves), "time": time})


@dataclass(frozen=True)
class Drawn:
    """A golden day that is drawn when it is looked at: no two lie in memory."""

    seed: int
    rows: int
    stratum: str = ""

    @property
    def name(self) -> str:
        return f"i/{self.seed:02}"

    @property
    def group(self) -> str:
        return self.name

    @cached_property
    def content(self) -> str:
        return f"rows of seed {self.seed}"

    def select(self, measure: Measure) -> list[Any]:
        return measure.select(day(self.seed, self.rows))

    def state(self, measure: Measure) -> Any:
        return measure.observe(day(self.seed, self.rows))


def asked(worst_chunk: str) -> Contract:
    blocks = {"time": "time", "width_ns": 60 * SECOND}
    return contract(MOVE, alpha="0.05", worst_chunk=worst_chunk, blocks=blocks)


def test_five_stale_seconds_fail_a_day_and_are_located() -> None:
    days = [Drawn(seed, ROWS) for seed in range(REFERENCE + CALIBRATION)]
    golden = manifest_of(asked("gate"), days[:REFERENCE], days[REFERENCE:])
    healthy = day(99, ROWS)
    for table, outcome in ((healthy, Outcome.PASS), (spoiled(healthy, STALE_S), Outcome.FAIL)):
        found = {f.name: f for f in judge_table(asked("gate"), TableSample("i/99", table), golden)}
        assert found["score"].outcome is found["move"].outcome is outcome
        unseen = judge_table(asked("none"), TableSample("i/99", table), golden)
        assert {f.outcome for f in unseen} == {Outcome.PASS}, "the day as a whole is like any other"
    assert found["move"].numbers["worst_chunk_ns"] == (STALE_S - 3) * SECOND
    assert found["move"].numbers["chunks"] == DAY_S // 10
