"""The stretches of a day: how far each is from golden, and how far the farthest usually is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from karat.report.canvas import key, notice, panel
from karat.report.looks import CANDIDATE, GOLDEN, LOOKS, Mark
from karat.report.rendering import INK, style
from karat.report.steps import Floats
from karat.report.wording import number, short
from karat.states.encoding import Int64s

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SECOND, HOUR_NS = 10**9, 3600 * 10**9
DOTS = 300
"""With more stretches the line says all."""


def stretches_plot(
    starts_ns: Int64s,
    distances: Sequence[float],
    *,
    name: str,
    width_ns: int,
    usual: float,
    most: float | None = None,
) -> Figure:
    """Return the distance of each stretch of `width_ns` over the day, UTC; the farthest is marked.

    `starts_ns` ascend, one for each of the `distances`. `usual` is how far the farthest stretch of
    golden days is, `most` from where on it is too far, None where that is not known. Without any
    stretch the picture says so.
    """
    name, seconds = short(name), width_ns // SECOND
    with style():
        if not len(distances):
            return notice(f"{name}: no stretches", "No stretch of this day has rows enough.")
        far = np.array(distances)
        worst = int(np.argmax(far))
        day, hours = _clock(starts_ns)
        at = dt.datetime.fromtimestamp(int(starts_ns[worst]) // SECOND, dt.UTC)
        title = f"{name}: farthest at {at:%H:%M:%S} UTC, {far[worst]:.3g} from golden"
        told = f"{number(far.size)} stretches of {seconds} s on {day}"
        figure, axes = panel(title, f"{told} · median {np.median(far):.3g}")
        marker = "." if far.size <= DOTS else ""
        axes.plot(hours, far, color=CANDIDATE, linewidth=0.8, marker=marker, markersize=3,
                  label="a stretch", gid="stretches")  # fmt: skip
        axes.axhline(usual, color=GOLDEN, linewidth=1.3, label="farthest of golden days, usually",
                     gid="usual")  # fmt: skip
        if most is not None:
            axes.axhline(most, color=LOOKS[Mark.FAIL].colour, linewidth=1.3, linestyle="--",
                         label="too far from here on", gid="most")  # fmt: skip
        axes.plot(hours[worst], far[worst], color=INK, marker="v", linestyle="", markersize=7,
                  label="farthest", gid="worst")  # fmt: skip
        _label(axes, hours, max(far[worst], usual, most or 0.0))
        key(figure, list(axes.lines))
        return figure


def _clock(starts_ns: Int64s) -> tuple[str, Floats]:
    """Return the day of the first stretch, and the hours since its midnight of each."""
    first = dt.datetime.fromtimestamp(int(starts_ns[0]) // SECOND, dt.UTC)
    midnight = int(starts_ns[0]) // (24 * HOUR_NS) * (24 * HOUR_NS)
    return f"{first:%Y-%m-%d}", (starts_ns - midnight) / HOUR_NS


def _label(axes: Axes, hours: Floats, high: float) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_ylim(0, high * 1.08 or 1.0)
    axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 3, 6, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda hour, _: _time(hour)))
    room = max((hours[-1] - hours[0]) * 0.02, 1e-3)
    axes.set_xlim(hours[0] - room, hours[-1] + room)
    axes.set_xlabel("when it begins, UTC")
    axes.set_ylabel("distance from golden")


def _time(hour: float) -> str:
    """Return hours since midnight as a clock shows them.

    >>> _time(13.5)
    '13:30'
    """
    minutes = round(hour * 60)
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
