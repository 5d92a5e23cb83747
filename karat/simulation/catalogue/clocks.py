"""Row 22: times made up between two that were known."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from karat.simulation.catalogue.events import TIMES, events, written
from karat.simulation.catalogue.severity import draws, share_of, stretch
from karat.simulation.exchange import Int64s


def resampled(
    table: pa.Table, severity: float, seed: int, _yesterday: pa.Table | None = None
) -> pa.Table:
    """Return `table` with the times of one stretch, a share of the messages, even (row 22).

    Both clocks run evenly, in whole ns, from the stretch's first message to its last one, which
    keep theirs, and what lies between that no fault may touch runs along.
    """
    day = events(table)
    count = share_of(severity, len(day.live))
    if not count:
        return table
    ends = stretch(draws("resampled", seed), day.live, count)[[0, -1]]
    chosen = np.arange(ends[0], ends[1] + 1)
    clocks = {}
    for name in TIMES:
        clock = day.closing(name).copy()
        clock[chosen] = _even(int(clock[chosen[0]]), int(clock[chosen[-1]]), len(chosen))
        clocks[name] = np.repeat(clock, np.diff(day.starts))
    return written(table, **clocks)


def _even(first: int, last: int, count: int) -> Int64s:
    steps = max(count - 1, 1)
    whole, part = divmod(last - first, steps)
    place = np.arange(count)
    return first + place * whole + place * part // steps
