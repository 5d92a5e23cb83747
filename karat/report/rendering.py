"""Settings and bytes: every picture is drawn under ours and comes out the same.

matplotlib keeps its settings in one table a process. It is set while one of our figures is drawn
or rendered and put back afterwards, under a lock, so a caller's own plots stay as they are and a
caller's own settings never reach ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 100
INK, MUTED, FAINT = "#222222", "#666666", "#dddddd"
_COLOURS = 256
_LOCK = RLock()
_SETTINGS: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.dpi": DPI,
    "font.size": 9.5,
    "grid.color": "#eeeeee",
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "savefig.dpi": "figure",
    "svg.hashsalt": "karat",
    "text.color": INK,
    "text.parse_math": False,  # a column may be called anything
    "xtick.color": MUTED,
    "ytick.color": MUTED,
}


@contextmanager
def style() -> Iterator[None]:
    """Hold matplotlib's settings at ours; whatever they were is put back."""
    import matplotlib as mpl

    settings: Any = mpl.rcParams
    with _LOCK, mpl.rc_context():
        mpl.rcdefaults()
        settings.update(_SETTINGS)
        yield


def render(figure: Figure, kind: Literal["png", "svg"]) -> bytes:
    """Return the picture as a file's bytes, without a date or a version: equal for equal input.

    A PNG keeps its 256 commonest colours, which is a third of the bytes and looks the same.
    """
    with style(), BytesIO() as data:
        if kind == "svg":
            figure.savefig(data, format=kind, metadata={"Date": None, "Creator": None})
        else:
            figure.savefig(data, format=kind, metadata={"Software": None})
        return data.getvalue() if kind == "svg" else _fewer_colours(data)


def _fewer_colours(picture: BytesIO) -> bytes:
    from PIL import Image

    with Image.open(picture) as image, BytesIO() as data:
        few = image.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        few.save(data, format="png", optimize=True)
        return data.getvalue()
