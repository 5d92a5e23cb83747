"""Healthy days of dependent rows, as in the statistics note 4.1, and their contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from karat.contracts import Contract, parse_contract
from karat.golden import full_size, manifest_of
from karat.verdicts.table_sample import TableSample

UNIT = 10**6
BRANCHING = 0.8
Int64s = NDArray[np.int64]
Draw = Callable[[np.random.Generator, int], tuple[Int64s, Int64s]]

CONTRACT = """
dataset: healthy
first_day: 2024-01-01
columns:
  time: {{type: int64, unit: steps}}
  value: {{type: int64, unit: millionths}}
families: {{unpaired: gate}}
locator: time
unpaired:
  alpha: "0.05"
  blocks: {{time: time, width_ns: {width}}}
  distances: [{{name: value, column: value, tolerance: "{tolerance}"}}]
"""


@dataclass(frozen=True, slots=True)
class Process:
    """How a day's rows come about: `draw` gives times and values of so many rows.

    `width` is that of the narrowest blocks, in the unit of the times.
    """

    name: str
    draw: Draw
    width: int

    def contract(self, tolerance: str) -> Contract:
        """Return a contract of one column with a tolerance, at 5 %."""
        return parse_contract(CONTRACT.format(width=self.width, tolerance=tolerance), self.name)

    def day(self, number: int, rows: int, seed: int) -> TableSample:
        """Return one day; all days are independent and alike in law."""
        time, value = self.draw(np.random.Generator(np.random.PCG64([seed, number])), rows)
        return TableSample(f"day {number:04}", pa.table({"time": time, "value": value}))


def autoregressive(persistence: float, day_effect: float = 0.0) -> Draw:
    """Return an AR(1) of standard deviation 1, which on each day is scaled by that day's own."""

    def draw(random: np.random.Generator, rows: int) -> tuple[Int64s, Int64s]:
        from scipy.signal import lfilter

        noise = random.standard_normal(rows) * np.sqrt(1 - persistence**2)
        start = persistence * random.standard_normal()
        path, _ = lfilter([1.0], [1.0, -persistence], noise, zi=[start])
        scale = exp(day_effect * random.standard_normal())
        return np.arange(rows), np.rint(path * scale * UNIT).astype(np.int64)

    return draw


def hawkes(day_effect: float = 0.0) -> Draw:
    """Return waiting times of self-exciting arrivals, one a second in the mean.

    Each arrival brings 0.8 others in the mean, after exponential delays of a second in the mean:
    drawn generation by generation (Hawkes and Oakes 1974).
    """

    def draw(random: np.random.Generator, rows: int) -> tuple[Int64s, Int64s]:
        span = rows * 1.5 + 500
        born = [random.uniform(0, span, random.poisson(span * (1 - BRANCHING)))]
        while born[-1].size:
            parents = np.repeat(born[-1], random.poisson(BRANCHING, born[-1].size))
            born.append(parents + random.exponential(size=parents.size))
        times = np.sort(np.concatenate(born))
        from_burn_in = np.searchsorted(times, 100.0)
        chosen = times[from_burn_in : from_burn_in + rows + 1]
        pace = exp(day_effect * random.standard_normal())
        clock = np.rint((chosen - chosen[0]) * pace * UNIT).astype(np.int64)
        return clock[1:], np.diff(clock)

    return draw


PROCESSES = (
    Process("iid", autoregressive(0.0), 64),
    Process("AR(.9)", autoregressive(0.9), 64),
    Process("AR(.99)", autoregressive(0.99), 64),
    Process("iid + 5 % day effects", autoregressive(0.0, 0.05), 64),
    Process("AR(.99) + 10 % day effects", autoregressive(0.99, 0.1), 64),
    Process("Hawkes (branching .8)", hawkes(), 64 * UNIT),
    Process("Hawkes + 10 % day effects", hawkes(0.1), 64 * UNIT),
)


def full_sized(process: Process, tolerance: str, reference: int, seed: int) -> tuple[int, int]:
    """Return the rows of the smallest full-size day, within a tenth, and what plan asks.

    Golden days are of that size too, so it is looked for: each size is what the one before said.
    """
    contract, rows = process.contract(tolerance), FEWEST
    for _ in range(TRIES):
        golden = manifest_of(contract, [process.day(n, rows, seed) for n in range(reference)], [])
        needed = full_size(contract, golden)["value"] or 4 * rows
        if needed <= rows and (rows == FEWEST or rows <= 1.1 * needed):
            return rows, needed
        rows = max(FEWEST, needed * 103 // 100)
    raise RuntimeError(f"{process.name}: no full-size day in {TRIES} steps: the last was {rows}")


FEWEST = 1_500
"""Fewer rows have no 20 closed blocks, which tell how many rows are worth."""
TRIES = 20
