"""Features made again of a stream that is cut: what was known at a step, and not a tick more.

A feature that looks ahead differs from what the events up to its row give, where what comes next
changes something. So some rows are looked at again: for every feature some at which it changes, for
every column some before whose next event that one changes, and the last row always.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from karat.features.decisions import READ, Int64s, Observe, Observed, column

CUTS = 3
"""Changes of each feature and column that are looked at: the first, the last, others between."""

CHANGING = [name for name in READ if name != "receive_time_ns"]
NOWHERE = np.iinfo(np.int64).max


class Again(NamedTuple):
    """Features made again, shape (n, features), and at which of the n decision points they were."""

    features: Int64s
    there: NDArray[np.bool_]


def seen_again(events: pa.Table, observed: Observed, observe: Observe) -> Again:
    """Return what `observe` makes of the events up to some rows, and which rows these are.

    Where it finds other decision points than it named before, `NOWHERE` stands for all features.
    """
    found = Again(np.zeros_like(observed.features), np.zeros(len(observed.rows), bool))
    for at in cut_points(events, observed):
        row = int(observed.rows[at])
        again = observe(events.slice(0, row + 1))
        known = again.rows.size == at + 1 and int(again.rows[-1]) == row
        found.features[at] = again.features[-1] if known else NOWHERE
        found.there[at] = True
    return found


def cut_points(events: pa.Table, observed: Observed) -> NDArray[np.int64]:
    """Return which decision points are looked at again, in order; the last one is, if there is one.

    They follow from what was observed and from the events, and from nothing else.
    """
    count = len(observed.rows)
    points = [np.arange(count)[-1:]]
    points += [_some(np.flatnonzero(np.diff(one)) + 1) for one in observed.features.T]
    after = observed.rows[observed.rows + 1 < events.num_rows]
    for name in CHANGING:
        values = column(events, name, absent=-1)
        points.append(_some(np.flatnonzero(values[after + 1] != values[after])))
    return np.unique(np.concatenate(points)).astype(np.int64)


def _some(places: NDArray[np.int64]) -> NDArray[np.int64]:
    share = np.linspace(0, max(places.size - 1, 0), CUTS).astype(np.int64)
    return places[share] if places.size else places
