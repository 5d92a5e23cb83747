"""Candidate against golden: both distribution functions, and where they differ most."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karat.distances import Distance, ks
from karat.report.canvas import fit, key, notice, panel
from karat.report.looks import CANDIDATE, GOLDEN
from karat.report.rendering import INK, MUTED, style
from karat.report.steps import Floats, Steps, candidate_steps, golden_steps, thinned, widest
from karat.report.value_axis import limits, suit
from karat.report.wording import bracket, measured, short
from karat.states import Counts, ReferenceCounts

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SHADE = 0.22
_RIGHT, _LOW = 0.9, 0.08


def ecdf_plot(
    stat: ReferenceCounts,
    state: Counts,
    *,
    name: str,
    unit: str = "",
    scale: Fraction | None = None,
) -> Figure:
    """Return both distribution functions of column `name`, whose values are in `unit`.

    Lines go through every corner that is known; where golden cells are coarse, or rows lie between
    golden values, the region the line may run through is shaded. A bar marks the largest
    difference that is certain, the lower bound of `ks`; `scale` is how far golden days are apart.
    Without rows only golden is drawn, without a finite golden point nothing; the picture says so.
    """
    with style():
        finite = np.isfinite(stat.points)
        if not (stat.rows and finite.any()):
            why = "All golden rows are in one cell." if stat.rows else "Golden has no values."
            return notice(f"{short(name)}: nothing to compare with", why)
        distance, golden = ks(stat, state), golden_steps(stat)
        candidate = candidate_steps(stat, state) if state.rows else None
        peak = widest(golden, candidate) if candidate else 0
        title = _finding(short(name), unit, stat.points, distance, peak)
        figure, axes = panel(title, _evidence(stat, state, distance, scale))
        _frame(axes, stat, f"{name} ({unit})" if unit else name)
        shown = [_draw(axes, golden, peak, GOLDEN, "golden")]
        if candidate:
            shown.append(_draw(axes, candidate, peak, CANDIDATE, "candidate"))
            _mark(axes, golden, candidate, peak)
        key(figure, [*shown, *_explained(axes)])
        return figure


def _finding(name: str, unit: str, points: NDArray[Any], distance: Distance, peak: int) -> str:
    if not distance.count:
        return f"{name}: no rows to compare with golden"
    where = ""
    if 0 < peak <= 2 * points.size:
        value = measured(points[(peak - 1) // 2].item(), unit)
        where = f" {'just below' if peak % 2 else 'at'} {value}"
    return f"{name}: D = {bracket(distance)}{where}, n {distance.count:,}"


def _evidence(
    stat: ReferenceCounts, state: Counts, distance: Distance, scale: Fraction | None
) -> str:
    words = [f"golden {stat.rows:,} rows in {2 * stat.points.size + 1:,} cells"]
    words.append(f"candidate {state.rows:,} rows")
    if state.nulls:
        words.append(f"{state.nulls:,} without a value")
    if scale is not None:
        low, high = (f"{float(end / scale):.3g}" for end in (distance.lower, distance.upper))
        times = low if low == high else f"{low}..{high}"
        words.append(f"scale {float(scale):.3g}" + (f", D / scale {times}" if state.rows else ""))
    return " · ".join(words)


def _frame(axes: Axes, stat: ReferenceCounts, label: str) -> None:
    suit(axes, stat)
    axes.set_xlim(*limits(axes, stat.points))
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel(label)
    fit(axes.xaxis.label)
    axes.set_ylabel("share of rows at or below")


def _draw(axes: Axes, steps: Steps, peak: int, colour: str, who: str) -> Artist:
    """Draw what is known as a line and what is not as a shade; nothing moves by a pixel."""
    x, y = steps.at(*axes.get_xlim()), steps.share
    pixels: Floats = axes.transData.transform(np.column_stack([x, y]))
    kept = thinned(pixels, peak)
    _shade(axes, x, y, pixels, colour)
    (line,) = axes.plot(x[kept], y[kept], color=colour, linewidth=1.5, label=who, gid=who)
    return line


def _shade(axes: Axes, x: Floats, y: Floats, pixels: Floats, colour: str) -> None:
    """Shade the open cells that hold rows and are large enough to be seen."""
    from matplotlib.collections import PolyCollection

    open_cells = np.arange(0, y.size - 1, 2)
    at = open_cells[(np.diff(pixels, axis=0)[::2] >= 1).all(axis=1)]
    corners = [(x[at], y[at]), (x[at], y[at + 1]), (x[at + 1], y[at + 1]), (x[at + 1], y[at])]
    boxes = np.stack([np.column_stack(corner) for corner in corners], axis=1)
    if at.size:
        axes.add_collection(
            PolyCollection(
                list(boxes), facecolor=colour, alpha=_SHADE, linewidth=0, gid="uncertain"
            ),
            autolim=False,
        )


def _mark(axes: Axes, golden: Steps, candidate: Steps, peak: int) -> None:
    """Mark the largest difference by a bar and a D on the side where neither line runs."""
    ends = golden.share[peak], candidate.share[peak]
    if ends[0] == ends[1]:
        return
    left, right = axes.get_xlim()
    x = golden.at(left, right)[peak]
    axes.plot([x, x], ends, color=INK, linewidth=2.5, marker="_", markersize=9, gid="D", zorder=4)
    across, up = axes.transAxes.inverted().transform(axes.transData.transform((x, min(ends))))
    room = across < _RIGHT and up > _LOW
    axes.annotate(
        "D",
        (x, min(ends) if room else max(ends)),
        xytext=(7, -3) if room else (-7, 3),
        textcoords="offset points",
        ha="left" if room else "right",
        va="top" if room else "bottom",
        fontweight="bold",
    )


def _explained(axes: Axes) -> list[Artist]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    found: list[Artist] = []
    if any(line.get_gid() == "D" for line in axes.lines):
        found.append(Line2D([], [], color=INK, linewidth=2.5, label="largest certain difference"))
    if axes.collections:
        found.append(Patch(color=MUTED, alpha=_SHADE, linewidth=0, label="known to lie within"))
    return found
