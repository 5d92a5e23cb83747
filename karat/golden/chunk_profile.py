"""How far each stretch of a day is from golden: which is farthest, and how far stretches are."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karat.states import ChunkCounts, Chunks, Counts, ReferenceCounts
from karat.states.encoding import Int64s

CELLS = 8
"""The most points of golden that stretches are counted between."""
LARGEST = int(np.iinfo(np.int64).max)


@dataclass(frozen=True, slots=True)
class ChunkProfile:
    """The stretch of `width_ns` from `start_ns` that is farthest from golden, among `chunks`.

    `rows` and `distance` are those of that stretch; `median` and `p95` are of the distances of all
    stretches with rows enough, by nearest rank.
    """

    start_ns: int
    width_ns: int
    rows: int
    distance: Fraction
    chunks: int
    median: Fraction
    p95: Fraction


def chunk_cells(kind: str, golden: Any) -> ReferenceCounts:
    """Return the cells stretches are counted in: quantiles of golden for ks, else heavy values.

    `golden` is that of a yardstick: cells for ks, a state of values for total_variation and atom.
    """
    return golden.coarser(CELLS) if kind == "ks" else _heaviest(golden)


def profile(kind: str, stat: ChunkCounts, state: Counts, min_rows: int) -> ChunkProfile | None:
    """Return the profile of the stretches with at least `min_rows` rows; None where none has.

    Of stretches equally far the first is named.
    """
    starts, counts = _enough(stat, state, min_rows)
    if not starts.size:
        return None
    found = chunk_distances(kind, stat.cells, counts)
    # Rounding to float keeps the order; only floats that tie are compared as rationals.
    order = sorted(range(len(found)), key=lambda at: (float(found[at]), found[at], -starts[at]))
    far = order[-1]
    ranked = [found[at] for at in order]
    rows = int(counts[far].sum())
    shown = ranked[_rank(1, 2, len(found))], ranked[_rank(19, 20, len(found))]
    return ChunkProfile(int(starts[far]), stat.width, rows, found[far], len(found), *shown)


def chunks_of(
    kind: str, stat: ChunkCounts, state: Counts, min_rows: int
) -> tuple[Int64s, list[Fraction]]:
    """Return when each stretch with at least `min_rows` rows begins, and how far it is."""
    starts, counts = _enough(stat, state, min_rows)
    return starts, chunk_distances(kind, stat.cells, counts)


def _enough(stat: ChunkCounts, state: Counts, min_rows: int) -> Chunks:
    starts, counts = stat.chunks(state)
    enough = counts.sum(axis=1) >= min_rows
    return Chunks(starts[enough], counts[enough])


def chunk_distances(kind: str, cells: ReferenceCounts, counts: Int64s) -> list[Fraction]:
    """Return the exact distance of each row of `counts` (B, cells), of one row at least, to golden.

    ks: the largest difference at an end of a cell; total_variation: over cells; atom: the largest
    difference of a single value. Each is at most the distance in full. 0 without golden values.
    """
    rows, whole = counts.sum(axis=1), cells.rows
    if not whole:
        return [Fraction(0)] * len(rows)
    wide: Any = np.int64 if 2 * whole * int(rows.max(initial=0)) <= LARGEST else object
    ours, golden, each = counts.astype(wide), cells.golden.astype(wide), rows.astype(wide)
    apart = abs(_looked_at(kind, ours) * whole - _looked_at(kind, golden[None]) * each[:, None])
    over = apart.sum(axis=1) if kind == "total_variation" else apart.max(axis=1, initial=0)
    below = each * whole * (2 if kind == "total_variation" else 1)
    return [Fraction(int(a), int(b)) for a, b in zip(over, below, strict=True)]


def _looked_at(kind: str, counts: NDArray[Any]) -> NDArray[Any]:
    if kind == "ks":
        return np.cumsum(counts, axis=1, dtype=counts.dtype)
    return counts[:, 1::2] if kind == "atom" else counts


def _heaviest(golden: Counts) -> ReferenceCounts:
    kept = np.sort(np.argsort(-golden.counts, kind="stable")[:CELLS])
    ends = np.cumsum(golden.counts)
    counts = np.zeros(2 * kept.size + 1, np.int64)
    counts[1::2] = golden.counts[kept]
    counts[::2] = np.diff(np.append(0, np.append(ends[kept], golden.rows)))
    counts[:-1:2] -= counts[1::2]
    return ReferenceCounts(golden.cells[kept], counts)


def _rank(over: int, under: int, count: int) -> int:
    """Return the place of a quantile among `count` in order: the nearest rank."""
    return max(-(-over * count // under), 1) - 1
