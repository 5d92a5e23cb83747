"""Which stretch of a partition is farthest from golden: where to look first when a distance fails.

A partition is cut by time into stretches with enough rows each to be measured on their own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from karat.contracts import CELL_KINDS, select
from karat.distances import Distance
from karat.golden import Yardstick

SECOND = 10**9
WIDTHS_S = (10, 60, 600, 3600)
"""Widths of stretches, in seconds: the first is used that has enough rows, else the last."""
ENOUGH = 10
"""How many times the rows that a rule wants a stretch should have, over all of them."""
KINDS = (*CELL_KINDS, "total_variation", "atom")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of `seconds` from `start_ns`, UTC; its rows' own distance from golden."""

    start_ns: int
    seconds: int
    distance: Distance

    def __str__(self) -> str:
        """Return when it begins, and how long it is."""
        return stretch(self.start_ns, self.seconds * SECOND)


def stretch(start_ns: int, width_ns: int) -> str:
    """Return a stretch of time in words: when it begins, UTC, and how long it is.

    >>> stretch(1_723_075_200_000_000_000, 10_000_000_000)
    '2024-08-08T00:00:00Z, 10 s'
    """
    start = dt.datetime.fromtimestamp(start_ns // SECOND, dt.UTC)
    return f"{start:%Y-%m-%dT%H:%M:%SZ}, {width_ns // SECOND} s"


def worst_chunk(one: Yardstick, table: pa.Table, time: str) -> Chunk | None:
    """Return the stretch with the largest lower bound of its own distance, the first of equals.

    `table` holds what the yardstick measures and the column `time`, ns, by which it is cut. A
    stretch with fewer rows than the rule wants is passed over. None where none has enough, or for
    a kind that looks at the order of many rows.
    """
    if one.rule.kind not in KINDS:
        return None
    rows = select(table, one.rows)
    rows = rows.filter(rows[time].is_valid()) if rows[time].null_count else rows
    seconds = _width(one, rows, time)
    found = (
        Chunk(start, seconds, one.distance(one.measure().observe(part)))
        for start, part in _cut(rows, time, seconds * SECOND)
        if len(part) >= one.rule.min_rows
    )
    measured = [chunk for chunk in found if chunk.distance.count >= one.rule.min_rows]
    return max(measured, key=lambda c: (c.distance.lower, -c.start_ns), default=None)


def _width(one: Yardstick, rows: pa.Table, time: str) -> int:
    times = rows[time].to_numpy()
    if not times.size:
        return WIDTHS_S[-1]
    whole = (int(times.max()) - int(times.min())) / SECOND
    wanted = ENOUGH * one.rule.min_rows
    return next((w for w in WIDTHS_S if times.size * w >= wanted * whole), WIDTHS_S[-1])


def _cut(rows: pa.Table, time: str, width: int) -> Iterator[tuple[int, pa.Table]]:
    """Yield the rows of each stretch, in the order they have, and when it begins."""
    at = rows[time].to_numpy() // width
    order = np.argsort(at, kind="stable")
    borders = [0, *(np.flatnonzero(np.diff(at[order])) + 1).tolist(), len(at)]
    for begin, end in pairwise(borders if len(at) else []):
        places = order[begin:end]
        yield int(at[places[0]]) * width, rows.take(pa.array(places))
