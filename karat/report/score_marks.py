"""Scores as marks: a bar for what is certain, a shape in its middle, by outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from karat.report.looks import LOOKS, Mark
from karat.report.scores import Score
from karat.report.steps import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

_MANY = 100
_GREY = "#b0b0b0"


def marked(axes: Axes, x: Floats, found: Sequence[Score]) -> list[Line2D]:
    """Draw `found` at `x`; return a line for each look, for the legend.

    The axis of scores must have its ends. Without a score, or below what a logarithmic axis
    shows, a mark stands at the foot; without a score it is hollow.
    """
    drawn: list[Line2D] = []
    for mark in (None, *Mark):
        chosen = [(at, score) for at, score in zip(x, found, strict=True) if score.mark is mark]
        known = [
            (at, s.low, s.high) for at, s in chosen if s.low is not None and s.high is not None
        ]
        missing = [at for at, score in chosen if score.low is None]
        look = _look(mark, len(found))
        drawn += _scored(axes, known, look) if known else []
        drawn += _unscored(axes, missing, look) if missing else []
    return drawn


def _look(mark: Mark | None, count: int) -> dict[str, Any]:
    size = 5.0 if count > _MANY else 8.0 if mark else 4.5
    name = str(mark) if mark else "calibration day"
    colour, marker = (LOOKS[mark].colour, LOOKS[mark].marker) if mark else (_GREY, "s")
    look = {"color": colour, "marker": marker, "markersize": size, "label": name}
    return look | {"linestyle": "", "zorder": 3 if mark else 2}


def _scored(
    axes: Axes, known: list[tuple[float, float, float]], look: dict[str, Any]
) -> list[Line2D]:
    x, low, high = (np.array(ends) for ends in zip(*known, strict=True))
    foot = _foot(axes)
    low, high = np.maximum(low, foot), np.maximum(high, foot)
    if (open_ends := np.flatnonzero(low < high)).size:
        ends = low[open_ends], high[open_ends]
        axes.vlines(x[open_ends], *ends, color=look["color"], linewidth=1.6)
    middle = (low + high) / 2
    return axes.plot(x, middle, gid=look["label"], markeredgecolor="white", markeredgewidth=0.4,
                     **look)  # fmt: skip


def _unscored(axes: Axes, missing: list[float], look: dict[str, Any]) -> list[Line2D]:
    name = f"{look['label']}, no score"
    hollow = look | {"label": name, "gid": name, "markerfacecolor": "white", "markeredgewidth": 1.6}
    return axes.plot(missing, [_foot(axes)] * len(missing), **hollow)


def _foot(axes: Axes) -> float:
    """Return the score a little above the lower end of the axis."""
    in_pixels = axes.transAxes.transform((0, 0.05))
    return float(axes.transData.inverted().transform(in_pixels)[1])
