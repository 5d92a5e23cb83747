"""Where a partition is cut into chunks: at borders of time, so that equal rows are cut alike.

Row groups, batches and compression decide nothing. A row belongs to the latest slot of 10 s that
was reached before or at it, so rows that are late stay with their neighbours. Slots make blocks of
30 s up to a day; a block is split where its parts would hold `enough` rows on average. Whether it
is hangs on its own rows alone: rows changed elsewhere move no border here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Int64s = NDArray[np.int64]

SLOT_NS = 10_000_000_000
LADDER = (8640, 360, 60, 30, 6, 3, 1)
"""Slots in a block: a day, an hour, 10, 5 and 1 minute, 30 s, 10 s."""
NO_RUNS = np.empty(0, np.int64)


class Runs(NamedTuple):
    """Rows in their order, as runs of one slot each: the slots, rising, and their rows."""

    slots: Int64s
    rows: Int64s


class Chunks(NamedTuple):
    """Consecutive chunks: the slot each begins in, and its rows."""

    slots: Int64s
    rows: Int64s


@dataclass(frozen=True, slots=True)
class Cut:
    """How finely partitions are cut: fewer than `many` rows are one chunk, `most` end one.

    `enough` rows on average are to be in a chunk; `most` is 24 times that or more, so that what is
    not split is not ended either. Another cut gives the same states, under other names.
    """

    many: int = 2_000_000
    enough: int = 1 << 14
    most: int = 1 << 20

    def key(self) -> tuple[int, int, int]:
        """Return what tells this cut from others."""
        return self.many, self.enough, self.most

    def chunks(self, runs: Runs) -> Chunks:
        """Return the chunks of a whole partition; one for few rows, none for none."""
        total = int(runs.rows.sum())
        if total >= self.many:
            return self.blocks(runs)
        return Chunks(runs.slots[:1], np.array([total][: runs.slots.size], np.int64))

    def blocks(self, runs: Runs) -> Chunks:
        """Return the chunks of runs, however few: of more rows after them, only the last grows."""
        if not runs.slots.size:
            return Chunks(NO_RUNS, NO_RUNS)
        begins = self._begins(runs)
        first = np.flatnonzero(np.diff(begins, prepend=begins[0] - 1))
        return _ended(Chunks(runs.slots[first], np.add.reduceat(runs.rows, first)), self.most)

    def positions(self, rows: int) -> Chunks:
        """Return the chunks of `rows` rows of which no time is known: `most` rows each."""
        if not rows or rows < self.many:
            return Chunks(np.zeros(min(rows, 1), np.int64), np.array([rows][:rows], np.int64))
        found = _ended(Chunks(np.zeros(1, np.int64), np.array([rows])), self.most)
        return Chunks(np.arange(found.rows.size) * LADDER[2], found.rows)

    def _begins(self, runs: Runs) -> Int64s:
        """Return by run the slot in which the smallest block that is not split begins."""
        begins = runs.slots // LADDER[0] * LADDER[0]
        split = np.ones(begins.size, bool)
        for wide, narrow in pairwise(LADDER):
            first = np.flatnonzero(np.diff(begins, prepend=begins[0] - 1))
            held = np.add.reduceat(runs.rows, first)
            lengths = np.diff(first, append=begins.size)
            split &= np.repeat(held >= self.enough * (wide // narrow), lengths)
            begins = np.where(split, runs.slots // narrow * narrow, begins)
        return begins


CUT = Cut()
"""How partitions are cut unless said otherwise."""


def runs_of(times_ns: Int64s) -> Runs:
    """Return the runs of rows with these times, in ns."""
    if not times_ns.size:
        return Runs(NO_RUNS, NO_RUNS)
    # Times that never fall, as most do, are not copied.
    falls = bool((times_ns[1:] < times_ns[:-1]).any())
    reached = np.maximum.accumulate(times_ns) if falls else times_ns
    first, last = int(reached[0]) // SLOT_NS, int(reached[-1]) // SLOT_NS
    if last - first > times_ns.size:
        return _runs(reached // SLOT_NS, None)
    # A division a row takes ten times as long as all searches for the borders of slots.
    slots = first + np.arange(last - first + 1)
    edges = np.append(0, np.append(np.searchsorted(reached, slots[1:] * SLOT_NS), reached.size))
    rows = np.diff(edges)
    return Runs(slots[rows > 0], rows[rows > 0])


def joined(parts: Sequence[Runs]) -> Runs:
    """Return the runs of the rows of all parts, one after the other."""
    if not parts:
        return Runs(NO_RUNS, NO_RUNS)
    slots = np.concatenate([part.slots for part in parts])
    return _runs(np.maximum.accumulate(slots), np.concatenate([part.rows for part in parts]))


def _runs(slots: Int64s, rows: Int64s | None) -> Runs:
    if not slots.size:
        return Runs(NO_RUNS, NO_RUNS)
    first = np.flatnonzero(np.diff(slots, prepend=slots[0] - 1))
    counts = np.diff(first, append=slots.size) if rows is None else np.add.reduceat(rows, first)
    return Runs(slots[first], counts)


def _ended(chunks: Chunks, most: int) -> Chunks:
    """Return chunks of which each ends after `most` rows, the rest being one more."""
    pieces = -(-chunks.rows // most)
    rows = np.full(int(pieces.sum()), most, np.int64)
    last = np.cumsum(pieces) - 1
    rows[last] = chunks.rows - (pieces - 1) * most
    return Chunks(np.repeat(chunks.slots, pieces), rows)
