"""Healthy days under the final verdict: statistics note 4.1's table, and the shipped contract's.

Days are full-size: the smallest at which plan says that every half-width is at most half the
tolerance. What the design promises is checked here: a row out of bounds is an error.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from math import ceil
from multiprocessing import get_context

from benchmarks.draws import REFERENCE, Tally, tallied
from benchmarks.judged_days import INSTRUMENT, judged, shipped
from benchmarks.processes import PROCESSES, Process, full_sized
from benchmarks.timing import Row
from karat.golden import GoldenManifest, full_size, manifest_of
from karat.simulation import simulated_days
from karat.verdicts import Outcome
from karat.verdicts.table_sample import TableSample

SIZES = (19, 39, 99)
CANDIDATES = 40
LONG = bool(os.environ.get("KARAT_SOAK"))
SETS = 4
"""Draws of reference days: over 2 of them one process of nine shows 7.1 % FAIL by chance."""
DRAWS = 10
SLOWEST_FIRST = (2, 4, 1, 5, 6, 0, 3)
"""The processes by their rows, so that two workers end together."""
ALPHA = 0.05
LEAST = "0.1"
NAIVE_DAYS = 40
PAIRED_DAYS = 401 if LONG else 201
MESSAGES = 22_000
SEED = 41


@dataclass(frozen=True)
class Table:
    """What came of one process: rows of a day and what plan asked, outcomes by K, the naive test.

    `naive` is the share of healthy days at which a two-sample KS test says p < .05.
    """

    name: str
    tolerance: str
    rows: int
    needed: int
    tallies: dict[int, Tally]
    naive: float | None = None


def run() -> list[Row]:
    """Return the rows; RuntimeError where a promise does not hold."""
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), get_context("spawn")) as pool:
        tasks = {n: pool.submit(healthy, n) for n in SLOWEST_FIRST}
        book, paired = pool.submit(unpaired_book), pool.submit(paired_book)
        tables = [*(tasks[n].result() for n in range(len(PROCESSES))), book.result()]
        shown = paired.result()
    for table in tables:
        for wrong in broken(table):
            raise RuntimeError(f"{table.name}: {wrong}")
    if shown.share(Outcome.PASS) < 0.99:
        raise RuntimeError(f"paired: {shown}; {shown.reasons}")
    rows = [row for table in tables for row in told(table)]
    return [*rows, Row("book events, paired, capture loss 5e-4", str(shown))]


def broken(table: Table) -> Iterator[str]:
    """Yield what a table shows against the promises of the design, at 39 and 99 days."""
    for days in SIZES[1:]:
        tally = table.tallies[days]
        for outcome, limit in ((Outcome.INCONCLUSIVE, 0.03), (Outcome.FAIL, ALPHA + 0.02)):
            if tally.share(outcome) > limit:
                yield f"K {days}: {tally}: {outcome} above {limit}: {tally.reasons}"
        if tally.share(Outcome.PASS) < 0.9:
            yield f"K {days}: {tally}: PASS below 0.9"
    for name, room in table.tallies[SIZES[-1]].loosest.items():
        if room < 1.5:
            yield f"tolerance of {name} is {room:.2f} times the largest golden distance"


def told(table: Table) -> Iterator[Row]:
    """Yield the rows of a table."""
    worth = table.tallies[SIZES[-1]].worth()
    least = min(worth.items(), key=lambda pair: pair[1])
    what = f"{table.name}: {table.rows:,} rows a day (plan asks {table.needed:,})"
    what += f", n_eff {least[1]:,.0f}" + (f" ({least[0]})" if len(worth) > 1 else "")
    naive = "" if table.naive is None else f"naive KS p < .05: {100 * table.naive:.0f} %"
    tolerance = f", tolerance {table.tolerance}" if table.tolerance else ""
    yield Row(what + tolerance, str(table.tallies[99]), naive)
    for days in SIZES[:-1]:
        yield Row(f"  K {days}", str(table.tallies[days]))


def healthy(number: int) -> Table:
    """Return what comes of a process: its tolerance is what profile would propose, 0.1 at least."""
    process = PROCESSES[number]
    tolerance = _tolerance(process, _tolerance(process, LEAST))
    rows, needed = full_sized(process, tolerance, REFERENCE, SEED)
    days = [process.day(n, rows, SEED) for n in range(REFERENCE + max(SIZES) + CANDIDATES)]
    contract = process.contract(tolerance)
    tallies = _all(
        [tallied(contract, days, SIZES, DRAWS, CANDIDATES, SEED + n) for n in range(SETS)]
    )
    return Table(process.name, tolerance, rows, needed, tallies, naive_alarms(days))


def _tolerance(process: Process, least: str) -> str:
    """Return 1.5 times the largest leave-one-day-out distance of golden days, in hundredths up."""
    rows, _ = full_sized(process, least, REFERENCE, SEED)
    contract, largest = process.contract(least), 0.0
    for first in range(0, SETS * REFERENCE, REFERENCE):
        days = [process.day(n, rows, SEED) for n in range(first, first + REFERENCE)]
        yardstick = manifest_of(contract, days, []).strata[""]["value"]
        largest = max(largest, float(max(yardstick.left_out)))
    return max(least, f"{ceil(160 * largest) / 100:g}", key=float)


def naive_alarms(days: Sequence[TableSample]) -> float:
    """Return how often a KS test of healthy days against reference days says p < .05."""
    import numpy as np
    from scipy.stats import ks_2samp

    values = [day.table["value"].to_numpy() for day in days[: REFERENCE + NAIVE_DAYS]]
    golden = np.sort(np.concatenate(values[:REFERENCE]))
    alarms = [ks_2samp(day, golden, method="asymp").pvalue < ALPHA for day in values[REFERENCE:]]
    return float(np.mean(alarms))


def unpaired_book() -> Table:
    """Return what comes of simulated days under the shipped contract, without golden captures."""
    contract, count = shipped(), REFERENCE + max(SIZES) + CANDIDATES
    made = simulated_days(INSTRUMENT, count, seed=SEED, messages_per_day=MESSAGES)
    days = [TableSample(str(day.date), day.events) for day in made]
    rows = sorted(day.rows for day in days)[count // 2]
    needed = _needed(manifest_of(contract, days[:REFERENCE], []))
    if needed > rows:
        raise RuntimeError(f"{MESSAGES:,} messages are {rows:,} rows, {needed:,} are full-size")
    tallies = _all(
        [tallied(contract, days, SIZES, DRAWS, CANDIDATES, SEED + n) for n in range(SETS)]
    )
    return Table(f"book events, unpaired, {MESSAGES:,} messages", "", rows, needed, tallies)


def paired_book() -> Tally:
    """Return the outcomes of healthy days beside golden captures that miss 5e-4 of messages."""
    contract, tally = shipped(), Tally()
    days = simulated_days(INSTRUMENT, PAIRED_DAYS, seed=SEED + 1, messages_per_day=MESSAGES)
    for before, day in pairwise(days):
        tally.add(judged(contract, day.events, None, before.events, day))
    return tally


def _needed(golden: GoldenManifest) -> int:
    sizes = full_size(shipped(), golden).values()
    if None in sizes:
        raise RuntimeError("no day is full-size under the shipped contract")
    return max(size for size in sizes if size is not None)


def _all(found: Sequence[Mapping[int, Tally]]) -> dict[int, Tally]:
    return {size: reduce(Tally.plus, [one[size] for one in found]) for size in SIZES}
