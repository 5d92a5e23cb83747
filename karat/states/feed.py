"""A feed followed by one compiled pass, and what the links that do not hold tell."""

from __future__ import annotations

import numpy as np

from karat.states.columns import Numbers
from karat.states.encoding import Int64s
from karat.states.exact_sums import power_sum
from karat.states.kernels import pays
from karat.states.sequence_state import DELTA, GAPS_KEPT, BookRow, SequenceState, Tally

BREAKS_KEPT = 1 << 11
"""Breaks of a feed that one compiled pass remembers: more than rows of a piece."""

Ranges = tuple[tuple[int, int], ...]


def broken_links(needed: Int64s, last: Int64s) -> tuple[Tally, Ranges]:
    """Return what deltas tell that begin at `needed` where the row before them ended at `last`."""
    gap = needed > last
    ends, starts = last[gap], needed[gap]
    missing = power_sum(starts, 1) - power_sum(ends, 1)
    pairs = zip(ends[:GAPS_KEPT].tolist(), starts[:GAPS_KEPT].tolist(), strict=True)
    tally = Tally(gaps=ends.size, missing=missing, overlaps=gap.size - ends.size)
    return tally, tuple((end + 1, start) for end, start in pairs)


def followed(*columns: Numbers) -> SequenceState | None:
    """Return the state by a compiled pass; None where that is not worth it or rows are not fit.

    What is wrong with them is told by the plain way, and so are more breaks than are kept.
    """
    kinds, before, ids = (np.ascontiguousarray(column.values) for column in columns)
    fit = all(column.values.dtype.kind == "i" for column in columns)
    if not fit or not kinds.size == before.size == ids.size or not pays(kinds.size):
        return None
    if not columns[0].valid.all() or not columns[2].valid.all():
        return None
    there = columns[1].valid
    if not there.all() and (kinds[~there] == DELTA).any():
        return None
    before, ids = (column.astype(np.int64, copy=False) for column in (before, ids))
    kinds = kinds if kinds.dtype == np.int8 else kinds.astype(np.int64, copy=False)
    from karat.states.kernels.feed_kernel import BROKEN, UNKNOWN, follow

    told, broken = np.empty(UNKNOWN + 1, np.int64), np.empty((BREAKS_KEPT, 2), np.int64)
    follow(kinds, before, ids, told, broken)
    if told[UNKNOWN] >= 0 or told[BROKEN] > BREAKS_KEPT:
        return None
    deltas, last = broken[: told[BROKEN]].T
    return _as_state(told.tolist(), (kinds, before, ids), before[deltas], ids[last])


def _as_state(
    told: list[int], columns: tuple[Int64s, ...], needed: Int64s, last: Int64s
) -> SequenceState:
    """Return the state that is told; `needed` and `last` are the ids at each break."""
    *messages, first_book, last_book, first_trade, last_trade, skips, repeats, _, _ = told
    kinds, before, ids = columns
    found = broken_links(needed, last)
    carries, snapshots, deltas, trades, stale, duplicates = messages
    tally = Tally(
        carries=carries,
        snapshots=snapshots,
        deltas=deltas,
        trades=trades,
        trade_gaps=skips,
        trade_repeats=repeats,
        stale=stale,
        duplicates=duplicates,
    )

    def row(at: int) -> BookRow | None:
        if at < 0:
            return None
        previous = int(before[at]) if kinds[at] == DELTA else 0
        return BookRow(int(kinds[at]), previous, int(ids[at]))

    ends = (int(ids[first_trade]), int(ids[last_trade])) if trades else None
    return SequenceState(tally.plus(found[0]), found[1], row(first_book), row(last_book), ends)
