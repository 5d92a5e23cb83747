"""`--plot FILE`: a picture that is written where it was asked for, or refused before any work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karat.errors import InputError, UnavailableError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ENDINGS = (".png", ".svg")
Plot = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE", help="Draw it: a .png or .svg.")
]


def check_picture(plot: Path | None) -> None:
    """Refuse a picture that cannot be written before work is done; InputError."""
    if plot is None:
        return
    if plot.suffix.lower() not in ENDINGS:
        raise InputError(f"--plot {plot}: a picture ends with .png or .svg")
    if not plot.absolute().parent.is_dir():
        raise InputError(f"{plot}: its folder is not there: make it, or choose another")


def save(figure: Figure, path: Path) -> Path:
    """Write a picture, as SVG where the name says so and as PNG otherwise; UnavailableError."""
    from karat.report import render

    data = render(figure, "svg" if path.suffix.lower() == ".svg" else "png")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise UnavailableError(f"{path}: cannot be written ({error.strerror})") from error
    return path
