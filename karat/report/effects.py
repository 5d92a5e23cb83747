"""What moved a score: each part with its interval, one below the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from karat.report.canvas import panel
from karat.report.looks import CANDIDATE
from karat.report.rendering import MUTED, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Interval = tuple[float, float, float]
_HEAD, _EACH, _FEWEST = 160, 44, 4
"""Pixels of what is not an effect, and of each of them; few have room for so many."""
_BEHIND = {"facecolor": "white", "edgecolor": "none", "pad": 1}
"""Numbers are read on it also where a line runs."""
_NAMES = 0.12
"""The part of the width that names take, more than numbers would."""


def effects_plot(
    effects: Mapping[str, Interval], title: str, subtitle: str, axis: str = "change of the score"
) -> Figure:
    """Return effects as (value, low, high) by name, first on top; zero is marked.

    What surely is not zero is drawn full, the rest hollow. No effects give empty axes.
    """
    with style():
        figure, axes = panel(title, subtitle, _HEAD + _EACH * max(len(effects), _FEWEST))
        left, bottom, width, height = axes.get_position().bounds
        axes.set_position((left + _NAMES, bottom, width - _NAMES, height))
        axes.axvline(0, color=MUTED, linewidth=1, zorder=1, gid="zero")
        for at, (name, (value, low, high)) in enumerate(reversed(list(effects.items()))):
            certain = low > 0 or high < 0
            axes.plot([low, high], [at, at], color=CANDIDATE, linewidth=2, gid=f"{name} interval")
            axes.plot([value], [at], "o", color=CANDIDATE, markersize=8, gid=name,
                      markerfacecolor=CANDIDATE if certain else "white")  # fmt: skip
            told = f"{value:+.3g}" if value else "0"
            axes.annotate(
                told, (value, at), (0, 8), textcoords="offset points", ha="center", bbox=_BEHIND
            )
        axes.set_yticks(range(len(effects)), list(effects)[::-1])
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(-0.6, len(effects) - 0.2)
        axes.set_xlabel(axis)
        return figure
