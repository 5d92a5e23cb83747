"""The axis of a column's values: logarithmic where its range asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karat.report.wording import tick
from karat.states import ReferenceCounts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DECADES = 100
"""Largest over smallest positive value from which an axis is logarithmic."""
TAILS = 10
"""Largest size over the width of the middle 90 % from which one with both signs is."""
_PAD = 0.03


def suit(axes: Axes, stat: ReferenceCounts) -> None:
    """Choose the scale for golden's values; ticks are few, plain and never offset."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter, StrMethodFormatter

    points = stat.points[np.isfinite(stat.points)].astype(np.float64)
    low, high, size = points[0], points[-1], np.abs(points).max()
    middle = _middle(stat)
    if low > 0 and high / DECADES >= low:
        axes.set_xscale("log")
    elif low <= 0 and size / TAILS > middle > 0:
        axes.set_xscale("symlog", linthresh=middle)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=stat.points.dtype.kind == "i"))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.15g}"))
        return
    axes.xaxis.set_major_formatter(FuncFormatter(tick))
    axes.xaxis.set_minor_formatter(NullFormatter())


def limits(axes: Axes, points: NDArray[Any]) -> tuple[float, float]:
    """Return the ends of an axis of the finite `points`, with room on both sides."""
    finite = points[np.isfinite(points)].astype(np.float64)
    low, high = float(finite[0]), float(finite[-1])
    if low == high:
        room = max(0.5, abs(low) / 10)
        return low - room, high + room
    scale = axes.xaxis.get_transform()
    start, stop = scale.transform(np.array([low, high]))
    room = _PAD * (stop - start)
    left, right = scale.inverted().transform(np.array([start - room, stop + room]))
    return float(left), float(right)


def _middle(stat: ReferenceCounts) -> float:
    """Return how far the 5 % and the 95 % point of golden are from each other."""
    below = stat.cumulative[1::2]
    at = np.searchsorted(below, [0.05 * stat.rows, 0.95 * stat.rows])
    low, high = stat.points[np.minimum(at, stat.points.size - 1)].astype(np.float64)
    return float(high - low)
