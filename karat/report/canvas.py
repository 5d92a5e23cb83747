"""The paper all plots are drawn on: one size, and a heading that no curve can run into."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from karat.report.rendering import DPI, INK, MUTED

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

WIDTH, HEIGHT = 800, 450
LEFT, RIGHT, TOP, BOTTOM = 80, 32, 96, 56
MARGIN = 16
_SMALL = 240


def panel(title: str, subtitle: str = "", height: int = HEIGHT) -> tuple[Figure, Axes]:
    """Return a figure of `height` pixels with its heading, and the axes below it."""
    figure = headed(title, subtitle, height)
    tall = height - TOP - BOTTOM
    box = (LEFT / WIDTH, BOTTOM / height, (WIDTH - LEFT - RIGHT) / WIDTH, tall / height)
    return figure, figure.add_axes(box)


def headed(title: str, subtitle: str, height: int) -> Figure:
    """Return a figure with a title and a line below it; too long a text ends in an ellipsis."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / DPI, height / DPI), facecolor="white")
    lines = ((16, 12.5, "bold", INK, title), (42, 9.5, "normal", MUTED, subtitle))
    for down, size, weight, colour, words in lines:
        place = MARGIN / WIDTH, 1 - down / height
        fit(figure.text(*place, words, fontsize=size, fontweight=weight, color=colour, va="top"))
    return figure


def fit(text: Text) -> None:
    """Cut a text down to the width of the picture; one that is cut ends in an ellipsis."""
    words = text.get_text()
    while text.get_window_extent().width > WIDTH - 2 * MARGIN:
        words = words[: len(words) * 19 // 20]
        text.set_text(f"{words}…")


def key(figure: Figure, handles: Sequence[Artist]) -> None:
    """Put the legend into the heading, in one row: it hides nothing."""
    place = ((MARGIN - 6) / WIDTH, 1 - 59 / (figure.get_figheight() * DPI))
    figure.legend(
        handles=list(handles),
        loc="upper left",
        bbox_to_anchor=place,
        ncols=max(len(handles), 1),
        columnspacing=1.4,
        borderaxespad=0,
    )


def notice(title: str, message: str) -> Figure:
    """Return a picture of nothing that says why there is nothing."""
    figure, axes = panel(title, height=_SMALL)
    axes.set_axis_off()
    axes.text(0.5, 0.55, textwrap.fill(message, 70), ha="center", va="center", fontsize=12,
              color=MUTED, transform=axes.transAxes)  # fmt: skip
    return figure
