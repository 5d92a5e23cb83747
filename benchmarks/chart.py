"""All numbers that the design asks something of, as times better than they must be: one picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from benchmarks.goals import Goal

CHART = Path(__file__).parents[1] / "docs" / "benchmarks.svg"
MET, MISSED, MOONSHOT, INK, MUTED, RULE = (
    "#2f6f9f", "#b8443a", "#8a6d1f", "#1b1f24", "#5c6670", "#d7dce1",
)  # fmt: skip
WIDTH, LINE, HEAD, FOOT, NAMES = 11.0, 0.27, 0.95, 0.5, 5.4
"""Inches: of the picture, of a bar, above and below all bars, and left of them."""
FURTHEST = 1000.0
LONGEST = 72
MANY = 100


@dataclass(frozen=True, slots=True)
class Bar:
    """One number: what was measured, and its goal."""

    what: str
    goal: Goal

    @property
    def said(self) -> str:
        """Return the number in three digits."""
        value = self.goal.value
        digits = f"{value:,.0f}" if value >= MANY else f"{value:.3g}"
        return f"{digits} {self.goal.unit}".strip()


def bars(results: Mapping[str, Mapping[str, Any]]) -> Iterator[Bar]:
    """Yield those of a document of results that something is asked of, benchmark by benchmark."""
    for name, one in results.items():
        for row in one["rows"]:
            if row.get("goal"):
                asked = {k: v for k, v in row["goal"].items() if k not in ("met", "times")}
                yield Bar(f"{name}: {row['what']}", Goal(**asked))


def draw(shown: Sequence[Bar], path: Path = CHART) -> None:
    """Write the picture; a bar longer than 1,000 times ends there with an arrow."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    height = HEAD + FOOT + LINE * max(len(shown), 1)
    with mpl.rc_context({"svg.hashsalt": "karat", "svg.fonttype": "none", "font.size": 8.5}):
        figure = Figure(figsize=(WIDTH, height), facecolor="white")
        box = (
            NAMES / WIDTH,
            FOOT / height,
            (WIDTH - NAMES - 1.3) / WIDTH,
            1 - (HEAD + FOOT) / height,
        )
        axes = figure.add_axes(box)
        _heading(figure, shown, height)
        _axes(axes, len(shown))
        for place, bar in enumerate(shown):
            _bar(axes, place, bar)
        figure.savefig(path, metadata={"Date": None, "Creator": None})


def _heading(figure: Any, shown: Sequence[Bar], height: float) -> None:
    met = sum(bar.goal.met for bar in shown)
    title = f"{met} of {len(shown)} numbers are as good as they must be"
    told = (
        "Times better than asked (log scale): blue meets it, red misses; the mark is the moonshot"
    )
    figure.text(0.015, 1 - 0.16 / height, title, va="top", fontsize=12.5, weight="bold", color=INK)
    figure.text(0.015, 1 - 0.46 / height, told, va="top", fontsize=9.5, color=MUTED)


def _axes(axes: Any, count: int) -> None:
    axes.set_xscale("log")
    axes.set_xlim(1 / 30, FURTHEST)
    axes.set_ylim(max(count, 1) - 0.4, -0.6)
    axes.axvline(1, color=INK, linewidth=1, zorder=3)
    ticks = [0.1, 1, 10, 100, 1000]
    axes.set_xticks(ticks, ["÷ 10", "must", "x 10", "x 100", "x 1,000"], color=MUTED)
    axes.set_yticks([])
    axes.xaxis.grid(visible=True, color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(RULE)
    axes.tick_params(axis="x", which="both", length=0)


def _bar(axes: Any, place: int, bar: Bar) -> None:
    times = min(max(bar.goal.times, 1 / 29), FURTHEST)
    colour = MET if bar.goal.met else MISSED
    axes.barh(place, times - 1, left=1, height=0.62, color=colour, zorder=2)
    if bar.goal.times > FURTHEST:
        axes.plot([FURTHEST * 0.86], [place], marker=">", color="white", markersize=4, zorder=4)
    shot = bar.goal.moonshot_times
    if shot is not None and shot < inf:
        axes.plot([min(shot, FURTHEST)] * 2, [place - 0.42, place + 0.42], color=MOONSHOT,
                  linewidth=2, zorder=5)  # fmt: skip
    cut = bar.what if len(bar.what) <= LONGEST else f"{bar.what[: LONGEST - 1]}…"
    left, right = axes.get_yaxis_transform(), {"va": "center", "fontsize": 8.5, "clip_on": False}
    axes.text(-0.015, place, cut, ha="right", color=INK, transform=left, **right)
    axes.text(1.015, place, bar.said, ha="left", color=colour, transform=left, **right)
