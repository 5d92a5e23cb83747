"""What is usual of the stretches of a golden day: how wide they are, and how far the farthest is.

A fault that is shorter than its day is diluted in the day's distance, not in that of the stretch
it lies in. What is held against calibration days is the largest distance of a day's stretches: the
maximum of many is never small, so it counts by how far it is beyond a reference day's usual one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from math import isqrt
from statistics import median
from typing import Any

from karat.contracts import BlockRule, Condition, DistanceRule, Measure
from karat.golden.cells import without
from karat.golden.chunk_profile import ChunkProfile, chunk_cells, chunks_of, profile
from karat.golden.metering import chunk_measure, unwrapped
from karat.golden.sample import Sample
from karat.messages.ahead import each_ahead
from karat.states import ChunkCounts, Counts
from karat.states.encoding import Int64s

SECOND = 10**9
WIDTHS_NS = tuple(seconds * SECOND for seconds in (10, 30, 60, 300, 600, 3600))
"""Each is a whole number of the first."""
ENOUGH = 10
"""How many times the rows that a rule wants a stretch of a typical day has at least."""
FEW = 10
"""With fewer reference days, how far they are from each other is not trusted."""


@dataclass(frozen=True)
class ChunkScale:
    """Stretches of `width_ns` by the column `time`, each measured with `min_rows` rows or more.

    `usual` is the median of the largest distances of reference days, each from the others, `spread`
    how far these are from it; `left_out` are they. `usual` is None where a reference day has no
    stretch with rows enough: such days are too thin to be cut, and no candidate's are.
    """

    time: str
    width_ns: int
    min_rows: int
    usual: Fraction | None
    spread: Fraction
    left_out: tuple[Fraction, ...]

    def ratio(self, largest: Fraction) -> Fraction:
        """Return how far a day's largest distance is beyond the usual one, in units of spread."""
        return max(largest - (self.usual or Fraction(0)), Fraction(0)) / self.spread

    def statistic(self, kind: str, golden: Any) -> ChunkCounts:
        """Return what counts the rows of stretches in the cells that `golden` gives."""
        return ChunkCounts(chunk_cells(kind, golden), self.width_ns)

    def profile(self, rule: DistanceRule, golden: Any, state: Any) -> ChunkProfile | None:
        """Return the profile of a day's state; None where no stretch has rows enough."""
        counted = self.statistic(rule.kind, golden)
        return profile(rule.kind, counted, unwrapped(rule, state), self.min_rows)

    def chunks(self, rule: DistanceRule, golden: Any, state: Any) -> tuple[Int64s, list[Fraction]]:
        """Return when each stretch with rows enough begins, and how far it is from golden."""
        counted = self.statistic(rule.kind, golden)
        return chunks_of(rule.kind, counted, unwrapped(rule, state), self.min_rows)


def chunk_scale(
    rule: DistanceRule,
    rows: tuple[Condition, ...],
    blocks: BlockRule,
    golden: Any,
    days: Sequence[Sample],
    threads: int = 1,
) -> ChunkScale:
    """Return what is usual of the stretches of reference days.

    `golden` is what the rule's distance is measured against, made of these days.
    """
    cells = chunk_cells(rule.kind, golden)
    finest = ChunkCounts(cells, WIDTHS_NS[0])
    measure = chunk_measure(rule, blocks.time, rows, finest)
    states = list(each_ahead(partial(_state, rule, measure), days, threads))
    width = width_of([_rate(finest, state) for state in states if state.rows], rule.min_rows)
    wide = replace(finest, width=width)
    states = [finest.widened(state, width // finest.width) for state in states]
    found = [_farthest(rule, wide, state, len(days)) for state in states]
    known = [one.distance for one in found if one]
    usual = median(known) if len(known) == len(days) else None
    left_out = tuple(known) if usual is not None and len(days) > 1 else ()
    rows_of_one = int(median([one.rows for one in found if one] or [1]))
    spread = spread_of(left_out, rows_of_one)
    return ChunkScale(blocks.time, width, rule.min_rows, usual, spread, left_out)


def spread_of(left_out: Sequence[Fraction], rows: int) -> Fraction:
    """Return four times the median distance of days' largest distances from their median.

    Four times, as maxima have long tails and whole days none such: q is to hang on stretches no
    more than on other distances (measured: decision 23). Not less than a tenth of the
    median, or one part in as many as there are days: few days do not show how far they may be
    from each other. Nor less than half of 1 / sqrt(`rows`), by which independent rows of a stretch
    differ: of rare values few days show any. 1 for fewer than two days.
    """
    if not left_out:
        return Fraction(1)
    usual = median(left_out)
    typical = median([abs(one - usual) for one in left_out])
    return max(4 * typical, usual / min(len(left_out), FEW), Fraction(1, 2 * isqrt(rows)))


def width_of(rates: Sequence[Fraction], min_rows: int) -> int:
    """Return how wide stretches are, ns: the shortest in which a typical day has rows enough.

    `rates` are the rows per ns of days that have some; the widest where none is enough.
    """
    rate = median(rates) if rates else Fraction(0)
    return next((w for w in WIDTHS_NS if rate * w >= ENOUGH * min_rows), WIDTHS_NS[-1])


def _state(rule: DistanceRule, measure: Measure, day: Sample) -> Counts:
    state: Counts = unwrapped(rule, day.state(measure))
    return state


def _rate(stat: ChunkCounts, state: Counts) -> Fraction:
    starts = stat.chunks(state).starts
    return Fraction(state.rows, int(starts[-1] - starts[0]) + stat.width)


def _farthest(
    rule: DistanceRule, stat: ChunkCounts, state: Counts, days: int
) -> ChunkProfile | None:
    """Return the profile of a reference day against the others; against itself if it is alone."""
    others = without(stat.cells, stat.whole(state)) if days > 1 else stat.cells
    return profile(rule.kind, ChunkCounts(others, stat.width), state, rule.min_rows)


__all__ = ["ChunkScale", "chunk_scale", "spread_of", "width_of"]
