"""Stretches of rows in one bucket of a clock, found once for all who look at the same rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from karat.states.block_runs import block_runs
from karat.states.encoding import Int64s
from karat.states.picked import Picked


class Runs(NamedTuple):
    """The bucket of each stretch (B,), and where stretches begin and the last ends (B + 1,)."""

    buckets: Int64s
    edges: Int64s


class TimeRuns:
    """Stretches by clock and width; those of a multiple of a width are made of those known."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Picked, dict[int, Runs]]] = {}

    def of(self, time: Picked, width: int, skipped: int = 0) -> Runs:
        """Return the stretches of rows, `width` on the clock, without the first `skipped` rows.

        No row of `time` may lack a value.
        """
        # The clock is kept beside its number, which would else be another's one day.
        _, known = self._known.setdefault(id(time), (time, {}))
        if width not in known:
            finer = next((fine for fine in known if width % fine == 0), None)
            runs = Runs(*block_runs(time.values, width)) if finer is None else known[finer]
            known[width] = runs if finer is None else wider(runs, width // finer)
        return later(known[width], skipped)


def wider(runs: Runs, times: int) -> Runs:
    """Return the stretches of buckets `times` as wide."""
    wide = runs.buckets // times
    starts = np.flatnonzero(np.append(True, wide[1:] != wide[:-1])[: wide.size])
    return Runs(wide[starts], runs.edges[np.append(starts, wide.size)])


def later(runs: Runs, skipped: int) -> Runs:
    """Return the stretches of the rows after the first `skipped`."""
    if not skipped:
        return runs
    first = int(np.searchsorted(runs.edges[1:], skipped, "right"))
    return Runs(runs.buckets[first:], np.maximum(runs.edges[first:] - skipped, 0))
