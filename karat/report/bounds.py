"""What is sure of a mean after each of many pairs: a band that narrows, and where it left zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from karat.report.canvas import notice, panel
from karat.report.looks import CANDIDATE
from karat.report.rendering import INK, MUTED, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def bounds_plot(
    low: Sequence[float], high: Sequence[float], stopped: int | None, title: str
) -> Figure:
    """Return the band between `low` and `high` by the number of pairs; it says so for no pairs."""
    with style():
        if not low:
            return notice(title, "No seed has been trained on both versions yet.")
        figure, axes = panel(title, "95 % for all numbers of pairs together")
        pairs = range(1, len(low) + 1)
        axes.fill_between(pairs, low, high, color=CANDIDATE, alpha=0.25, linewidth=0)
        for name, ends in (("low", low), ("high", high)):
            axes.plot(pairs, ends, color=CANDIDATE, linewidth=1.3, gid=name, marker="o",
                      markersize=3)  # fmt: skip
        axes.axhline(0, color=MUTED, linewidth=1, zorder=1)
        if stopped is not None:
            axes.axvline(stopped, color=INK, linewidth=1.3, linestyle="--", gid="stopped")
        axes.set_xlabel("pairs of runs")
        axes.set_ylabel("second minus first")
        return figure
