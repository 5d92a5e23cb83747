"""The axis partitions stand on: dates of one instrument, or one instrument after the other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from karat.report.canvas import LEFT, RIGHT, WIDTH
from karat.report.rendering import FAINT
from karat.report.steps import Floats
from karat.report.when import Place

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LABELS = 7
_FEWEST = 5
_LETTER = 6.6
"""Pixels a letter of a label needs, on average."""


def lay_out(axes: Axes, places: Sequence[Place]) -> Floats:
    """Return where each of `places`, at least one and in order, stands; label the axis.

    One instrument stands on its dates, gaps and all, where they can be read; several stand side
    by side, partition by partition.
    """
    instruments = [name for name, _ in groupby(place.instrument for place in places)]
    days = [place.days for place in places]
    numbered = np.arange(len(places), dtype=np.float64)
    if len(instruments) > 1:
        _side_by_side(axes, places, numbered)
        return numbered
    known = [day for day in days if day is not None]
    x = np.array(known) if len(known) == len(days) else numbered
    room = max((x.max() - x.min()) * 0.03, 0.5 * np.diff(x).min(initial=1.0))
    axes.set_xlim(x.min() - room, x.max() + room)
    chosen = _spread(x)
    axes.set_xticks(x[chosen], [places[i].date for i in chosen])
    axes.set_xlabel(instruments[0] or "partition")
    return x


def _spread(x: Floats) -> list[int]:
    """Return a few places that are about equally far from each other, the first and last too."""
    targets = np.linspace(x[0], x[-1], min(_LABELS, x.size))
    nearest = {int(np.argmin(np.abs(x - target))) for target in targets}
    gap = (x[-1] - x[0]) / (_LABELS + 1)
    chosen: list[int] = []
    for at in sorted(nearest):
        if not chosen or x[at] - x[chosen[-1]] >= gap:
            chosen.append(at)
    return chosen


def _side_by_side(axes: Axes, places: Sequence[Place], x: Floats) -> None:
    """Set instruments apart; each has its name, or the end of it, in its own room."""
    names = (place.instrument for place in places)
    counts = [len(list(group)) for _, group in groupby(names)]
    starts = np.cumsum([0, *counts[:-1]])
    for start in starts[1:]:
        axes.axvline(x[start] - 0.5, color=FAINT, linewidth=1)
    each = (WIDTH - LEFT - RIGHT) / x.size / _LETTER
    labels = [
        _end(places[s].instrument, int(c * each)) for s, c in zip(starts, counts, strict=True)
    ]
    axes.set_xticks(starts + np.array(counts) / 2 - 0.5, labels)
    axes.tick_params(axis="x", length=0)
    axes.grid(visible=False, axis="x")
    room = max(0.5, x.size / 80)
    axes.set_xlim(-room, x.size - 1 + room)
    axes.set_xlabel("partitions of each instrument, oldest first")


def _end(name: str, letters: int) -> str:
    """Return as much of the end of a name as there is room for; nothing of it for too little."""
    if len(name) <= letters:
        return name
    return f"…{name[1 - letters :]}" if letters >= _FEWEST else ""
