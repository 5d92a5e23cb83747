"""Sliding KS, one distance a value: ours beside scipy of each window, and river's beside the truth.

River's (dos Reis et al., KDD 2016) assumes that no two observations are equal and, as a treap,
that both samples are of one size: on ticks it is far off, which is why it is not used; its speed is
not printed as a rival's, because its answers are not the distance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from benchmarks.goals import Goal
from benchmarks.timing import Row, rate, timed
from karat.states.sliding import SlidingKS

GOLDEN, VALUES, SAME = 100_000, 1_000_000, 1e-12
WINDOWS = ((500, 5, 9), (100_000, 1.5, 2.6))
"""Of so many values, and the million a second that it must do, and the moonshot."""
Values = NDArray[np.int64]
Draw = Callable[[int], Values]


def run(golden_rows: int = GOLDEN, rows: int = VALUES) -> list[Row]:
    """Return the rows of both kinds of column; RuntimeError when a distance is not scipy's."""
    rng = default_rng(2)
    columns: dict[str, Draw] = {
        "waiting times": lambda size: rng.lognormal(12, 2, size).astype(np.int64),
        "ticks": lambda size: rng.geometric(0.4, size),
    }
    found = []
    for name, draw in columns.items():
        for window, must, moonshot in WINDOWS:
            asked = Goal(0, must, moonshot, "M/s", least=True)
            what = f"{name}, window {window:,}"
            found.append(_measured(what, draw(golden_rows), draw(rows), window, asked))
    return [*found, *_river_rows()]


def _measured(
    what: str, golden: Values, values: Values, window: int, asked: Goal | None = None
) -> Row:
    rows, sliding = values.size, SlidingKS(golden, window)
    distances, looked_at = sliding.push(values), range(window, rows, max(rows // 20, 1))
    windows = [values[at - window : at] for at in looked_at]
    for at, seen in zip(looked_at, windows, strict=True):
        expected = _scipy(golden, seen)
        if abs(distances[at - 1] - expected) > SAME:
            raise RuntimeError(f"{what}: {distances[at - 1]} at value {at}, scipy {expected}")
    ours, rival = timed(
        lambda: sliding.push(values),
        lambda: [_scipy(golden, seen) for seen in windows],
    )
    own, other = rows / ours.wall_s, len(windows) / rival.wall_s
    goal = replace(asked, value=own / 1e6) if asked else None
    return Row(what, rate(own, 1), f"{other:.0f} /s", own / other, goal)


def _scipy(golden: Values, window: Values) -> float:
    return float(ks_2samp(golden, window, method="asymp").statistic)


def _river_rows() -> list[Row]:
    """Return how far river's distance is from the truth on ticks 1 to 5 and on values all apart."""
    rng = default_rng(3)
    ticks, apart = rng.integers(1, 6, (2, 500)), rng.normal(size=(2, 500))
    return [_beside_river(name, *pair) for name, pair in (("ticks 1-5", ticks), ("no ties", apart))]


def _beside_river(name: str, golden: NDArray[np.generic], values: NDArray[np.generic]) -> Row:
    from river.stats import KolmogorovSmirnov

    theirs, start = KolmogorovSmirnov(statistic="ks"), perf_counter()
    for x, y in zip(golden.tolist(), values.tolist(), strict=True):
        theirs.update(x, y)
    took, truth = perf_counter() - start, SlidingKS(golden, values.size).push(values)[-1]
    what = f"distance of 500 values, {name} (river {rate(values.size, took)}, treap)"
    return Row(what, f"{truth:.4f}", f"{theirs.get():.4f}")
