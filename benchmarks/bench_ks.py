"""KS of 1 M rows against 11.15 M golden rows already built, and scipy's from the same arrays.

Golden is built once, its cells and their look-up table with it, as a manifest holds them; scipy
has no such state and sorts both each time. Waiting times are spread over all magnitudes, nearly
all different; ticks are 2,000 neighbouring integers; floats are normal, of both signs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from benchmarks.goals import Goal
from benchmarks.timing import Row, timed
from karat.distances import Distance, ks
from karat.distances.doubtful_cells import ks_doubts
from karat.states import ReferenceCounts
from karat.states.refined_cells import refined

GOLDEN, ROWS, CELLS, SAME = 11_150_000, 1_000_000, 4096, 1e-12
Values = NDArray[Any]


def run(golden_rows: int = GOLDEN, rows: int = ROWS) -> list[Row]:
    """Return the rows of all columns; RuntimeError when a distance is not scipy's."""
    rng = default_rng(1)
    waits = [rng.lognormal(mean, 2, size).astype(np.int64) for mean, size in
             ((12, golden_rows), (12.01, rows))]  # fmt: skip
    ticks = [rng.binomial(1999, 0.5 + at, size) for at, size in ((0, golden_rows), (1e-4, rows))]
    normal = [rng.normal(mean, 1, size) for mean, size in ((0, golden_rows), (0.005, rows))]
    columns: dict[str, list[Values]] = {"waiting times": waits, "ticks": ticks, "floats": normal}
    return [row for name, both in columns.items() for row in _column(name, *both)]


def _column(name: str, golden: Values, values: Values) -> Iterator[Row]:
    for level, cells, must, moonshot in (
        ("exact", None, 40, 150),
        ("4,096 cells", CELLS, 300, 1000),
    ):
        stat = ReferenceCounts.from_golden(golden, cells)
        asked = Goal(0, must, moonshot, "x", least=True)
        yield from _measured(f"{name}, {level}", stat, golden, values, asked)
        if cells is None:
            yield _in_doubt(f"{name}, {level}", stat, golden, values, asked)


def _in_doubt(what: str, full: ReferenceCounts, golden: Values, values: Values, asked: Goal) -> Row:
    """Return the row of the exact distance by coarse cells, divided where those leave a doubt."""
    coarse, expected = full.coarser(CELLS), _rival(golden, values)
    found = _divided(coarse, full, values)
    if not found.exact or abs(found.low - expected) > SAME:
        raise RuntimeError(f"{what}: ours and scipy's distance {expected} differ: {found}")
    one, rival = timed(lambda: _divided(coarse, full, values), lambda: _rival(golden, values))
    ratio = rival.wall_s / one.wall_s
    told = f"{what}, {CELLS:,} cells and those in doubt divided, 1 thread"
    return Row(told, _ms(one.wall_s), _ms(rival.wall_s), ratio, replace(asked, value=ratio))


def _measured(
    what: str, stat: ReferenceCounts, golden: Values, values: Values, asked: Goal
) -> Iterator[Row]:
    # A pass over cells that stay in cache is over before a second thread has been of use.
    threads = 1 if stat.points.size <= CELLS else len(os.sched_getaffinity(0))
    _agree(what, stat, values, _rival(golden, values))
    with ThreadPoolExecutor(threads) as pool:
        one, many, rival = timed(
            lambda: _ours(stat, values),
            lambda: _threaded(stat, values, pool, threads),
            lambda: _rival(golden, values),
        )
    taken = [(one, "1 thread"), (many, f"{threads} threads")]
    for took, used in taken[:threads]:
        ratio = rival.wall_s / took.wall_s
        goal = replace(asked, value=ratio)
        yield Row(f"{what}, {used}", _ms(took.wall_s), _ms(rival.wall_s), ratio, goal)


def _ours(stat: ReferenceCounts, values: Values) -> Distance:
    return ks(stat, stat.observe(values))


def _divided(coarse: ReferenceCounts, full: ReferenceCounts, values: Values) -> Distance:
    state = coarse.observe(values)
    doubts = ks_doubts(coarse, state)
    fine = refined(coarse, full, doubts)
    return ks(fine, fine.observe(values) if doubts.size else state)


def _threaded(
    stat: ReferenceCounts, values: Values, pool: ThreadPoolExecutor, threads: int
) -> Distance:
    parts = pool.map(stat.observe, np.array_split(values, threads))
    return ks(stat, reduce(stat.merge, parts))


def _rival(golden: Values, values: Values) -> float:
    return float(ks_2samp(golden, values, method="asymp").statistic)


def _agree(what: str, stat: ReferenceCounts, values: Values, expected: float) -> None:
    with ThreadPoolExecutor(2) as pool:
        found = {_ours(stat, values), _threaded(stat, values, pool, 2)}
    if len(found) > 1 or not all(d.low - SAME <= expected <= d.high + SAME for d in found):
        raise RuntimeError(f"{what}: ours and scipy's distance {expected} differ: {found}")


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms"
