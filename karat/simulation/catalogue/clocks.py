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
    keep theirs; all else stays.
    """
    day = events(table)
    count = share_of(severity, len(day.live))
    if not count:
        return table
    chosen = stretch(draws("resampled", seed), day.live, count)
    clocks = {}
    for name in TIMES:
        clock = day.closing(name).copy()
        clock[chosen] = _even(int(clock[chosen[0]]), int(clock[chosen[-1]]), count)
        clocks[name] = np.repeat(clock, np.diff(day.starts))
    return written(table, **clocks)


def _even(first: int, last: int, count: int) -> Int64s:
    steps = max(count - 1, 1)
    whole, part = divmod(last - first, steps)
    place = np.arange(count)
    return first + place * whole + place * part // steps
