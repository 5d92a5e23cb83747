"""Distances of 200,000 rows from golden cells already built, and scipy's from the same arrays.

Ticks are 2,000 neighbouring integers, every one a cell: each distance is exact. Waiting times are
nearly all different, in 4,096 cells: each is certain to lie within its bounds, whose width is told.
Scipy has no state to keep: it sorts or counts both sides each time. One thread. Bins are 20.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2_contingency, cramervonmises_2samp, mannwhitneyu, wasserstein_distance

from benchmarks.timing import Row, timed
from karat.distances import (
    Distance,
    chi_squared,
    cramer_von_mises,
    hellinger,
    jensen_shannon,
    kuiper,
    mann_whitney,
    psi,
    quantile_shift,
    wasserstein,
)
from karat.states import GapSums, ReferenceCounts

GOLDEN, ROWS, BINS, SAME = 1_000_000, 200_000, 20, 1e-9
Values = NDArray[np.int64]


class Side(NamedTuple):
    """A golden column, what is built of it once, and the rows that are judged."""

    golden: Values
    rows: Values
    cells: ReferenceCounts


Ours = Callable[[Side], Distance]
Theirs = Callable[[Side], float]


def run(golden_rows: int = GOLDEN, rows: int = ROWS) -> list[Row]:
    """Return a row for each distance and column; RuntimeError when one is not scipy's."""
    rng = default_rng(4)
    ticks = [rng.binomial(1999, 0.5 + at, size) for at, size in ((0, golden_rows), (1e-3, rows))]
    waits = [
        rng.lognormal(mean, 1, size).astype(np.int64)
        for mean, size in ((12, golden_rows), (12.01, rows))
    ]
    known = ReferenceCounts.from_golden(np.concatenate(ticks), None)
    held = np.zeros_like(known.golden)
    state = known.observe(ticks[0])
    held[state.cells] = state.counts
    exact = Side(ticks[0], ticks[1], ReferenceCounts(known.points, held))
    coarse = Side(waits[0], waits[1], ReferenceCounts.from_golden(waits[0]))
    return [*_rows("ticks", exact), *_rows("waiting times", coarse)]


def _rows(column: str, side: Side) -> Iterator[Row]:
    summed = GapSums(side.cells)
    golden = summed.observe(side.golden)
    measures: dict[str, tuple[Ours, Theirs | None]] = {
        "Mann-Whitney": (lambda s: mann_whitney(s.cells, s.cells.observe(s.rows)), _ranks),
        "Cramer-von Mises": (
            lambda s: cramer_von_mises(s.cells, s.cells.observe(s.rows)),
            _squares,
        ),
        "Wasserstein-1": (lambda s: wasserstein(summed, golden, summed.observe(s.rows)), _moved),
        "Jensen-Shannon": (lambda s: jensen_shannon(s.cells, s.cells.observe(s.rows)), _shannon),
        "chi-squared": (lambda s: chi_squared(s.cells, s.cells.observe(s.rows)), _chi),
        "Hellinger": (lambda s: hellinger(s.cells, s.cells.observe(s.rows)), None),
        "PSI, 20 bins": (lambda s: psi(s.cells, s.cells.observe(s.rows), BINS), None),
        "Kuiper": (lambda s: kuiper(s.cells, s.cells.observe(s.rows)), None),
        "median's shift": (lambda s: quantile_shift(s.cells, s.cells.observe(s.rows)), None),
    }
    for name, (ours, theirs) in measures.items():
        yield _measured(f"{column}: {name}", ours, theirs, side)


def _measured(what: str, ours: Ours, theirs: Theirs | None, side: Side) -> Row:
    found = ours(side)
    width = "" if found.exact else f" within {float(found.upper - found.lower):.0e}"
    said = f"{found.value:.5f}{width}"
    if theirs is None:
        (own,) = timed(lambda: ours(side))
        return Row(f"{what} ({said})", _ms(own.wall_s))
    expected = theirs(side)
    slack = SAME * max(1, abs(expected))
    if not found.low - slack <= expected <= found.high + slack:
        raise RuntimeError(f"{what}: ours {found}, scipy's {expected}")
    own, rival = timed(lambda: ours(side), lambda: theirs(side))
    ratio = rival.wall_s / own.wall_s
    return Row(f"{what} ({said})", _ms(own.wall_s), _ms(rival.wall_s), ratio)


def _ranks(side: Side) -> float:
    u = mannwhitneyu(side.rows, side.golden, method="asymptotic").statistic
    return float(abs(2 * u / (side.golden.size * side.rows.size) - 1))


def _squares(side: Side) -> float:
    m, n = side.golden.size, side.rows.size
    found = cramervonmises_2samp(side.golden, side.rows, method="asymptotic").statistic
    return float(found * (m + n) / m / n)


def _moved(side: Side) -> float:
    return float(wasserstein_distance(side.golden, side.rows))


def _table(side: Side) -> NDArray[np.int64]:
    """Return the counts of both in golden's cells, by numpy's searches; of cells with some."""
    points, size = side.cells.points, side.cells.golden.size
    both = []
    for values in (side.golden, side.rows):
        at = np.searchsorted(points, values) + np.searchsorted(points, values, "right")
        both.append(np.bincount(at, minlength=size))
    table = np.array(both)
    return table[:, table.sum(axis=0) > 0]


def _shannon(side: Side) -> float:
    return float(jensenshannon(*_table(side), base=2))


def _chi(side: Side) -> float:
    return float(chi2_contingency(_table(side), correction=False).statistic / side.rows.size)


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms"
