"""Autocorrelation of candidate and golden, lag by lag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from karat.distances import acf_distance
from karat.report.canvas import key, notice, panel
from karat.report.looks import CANDIDATE, GOLDEN
from karat.report.rendering import INK, MUTED, style
from karat.report.steps import Floats
from karat.report.wording import short
from karat.states import AcfState

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

_DOTS = 60


def acf_plot(golden: AcfState, candidate: AcfState, *, name: str) -> Figure:
    """Return both autocorrelations of `name`, with the largest difference of `acf_distance`.

    A side with no more rows than lags, or with equal values only, has no autocorrelation: what is
    known is drawn, and the title says which side it is. Raises `InputError` for unequal lags.
    """
    name, distance = short(name), acf_distance(candidate, golden)
    sides = {"golden": golden, "candidate": candidate}
    found = {who: np.array(state.correlations()) for who, state in sides.items()}
    lacking = [who for who, rho in found.items() if np.isnan(rho).any()]
    with style():
        if all(np.isnan(rho).all() for rho in found.values()):
            why = "Both sides have too few rows, or equal values only."
            return notice(f"{name}: no autocorrelation", why)
        peak = int(np.argmax(np.abs(found["candidate"] - found["golden"])))
        title = f"{name}: {' and '.join(lacking)} too short or all equal"
        if not lacking:
            widest = f"largest difference {distance.value:.3g} at lag {peak + 1}"
            title = f"{name}: {widest}, n {candidate.count:,}"
        rows = " · ".join(f"{who} {state.count:,} rows" for who, state in sides.items())
        figure, axes = panel(title, rows)
        _draw(axes, found["golden"], "golden", GOLDEN, "s")
        _draw(axes, found["candidate"], "candidate", CANDIDATE, "o")
        handles = list(axes.lines)
        if not lacking and distance.upper:
            handles.extend(_mark(axes, peak, found["golden"][peak], found["candidate"][peak]))
        axes.axhline(0, color=MUTED, linewidth=0.8, zorder=1)
        key(figure, handles)
        return figure


def _draw(axes: Axes, rho: Floats, who: str, colour: str, shape: str) -> None:
    from matplotlib.ticker import MaxNLocator

    lags = np.arange(1, rho.size + 1)
    marker = shape if rho.size <= _DOTS else ""
    axes.plot(lags, rho, color=colour, marker=marker, markersize=4.5, linewidth=1.3,
              label=who, gid=who)  # fmt: skip
    axes.xaxis.set_major_locator(MaxNLocator(10, integer=True, min_n_ticks=1))
    room = max(0.5, rho.size / 50)
    axes.set_xlim(1 - room, rho.size + room)
    axes.set_xlabel("lag (rows)")
    axes.set_ylabel("autocorrelation")


def _mark(axes: Axes, peak: int, golden: float, candidate: float) -> list[Line2D]:
    """Mark the largest difference by a bar between the two."""
    lag = peak + 1
    return axes.plot([lag, lag], [golden, candidate], color=INK, linewidth=2.5, gid="largest",
                     label=f"largest difference, lag {lag}", zorder=1.5)  # fmt: skip
