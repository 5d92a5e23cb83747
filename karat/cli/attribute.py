"""`karat attribute`: whether new data or new code moved the score of trained agents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from karat.cli.options import AsJson
from karat.cli.output import answer
from karat.cli.picture_file import Plot, check_picture, save
from karat.cli.teaching import teaching

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from karat.feedback import Attribution

NAME = "attribute"
PARTS = ("data", "code", "interaction", "total")
EPILOG = teaching(
    "karat attribute runs.csv",
    "karat attribute runs.parquet --plot what-moved.png",
    "karat attribute runs.jsonl --json",
)


def command(
    scores: Annotated[
        Path,
        typer.Argument(metavar="SCORES", help="Rows of data, code, seed, score: .csv .jsonl "
                       ".parquet"),
    ],
    *,
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Split a change of score between new data and new code.

    Train with old and new data, by old and new code, each with the same five seeds or more, and
    score all of them on the same golden evaluation set. SCORES has one row a run: `data` and `code`
    are old or new.

    The parts are Shapley's, so data and code sum up to the whole change; intervals are of 95 %,
    over seeds. An interaction as large as they are means that neither part stands alone.
    """
    check_picture(plot)
    from karat.feedback import attribute, read_factorial

    found = attribute(read_factorial(scores))
    if plot is not None:
        save(_picture(found), plot)
    body = found.plain() | {"plot": str(plot) if plot else None}
    answer(body, lambda console: _draw(console, found), as_json=as_json)


def _picture(found: Attribution) -> Figure:
    from karat.report import effects_plot

    effects = {name: getattr(found, name) for name in PARTS}
    shown = {name: (one.value, one.low, one.high) for name, one in effects.items()}
    told = f"{found.seeds} seeds, intervals of 95 %"
    return effects_plot(shown, f"Moved by: {found.cause}", told)


def _draw(console: Console, found: Attribution) -> None:
    table = Table("part", "change of score", "95 % between", box=None, header_style="dim")
    for name in PARTS:
        one = getattr(found, name)
        weight = "bold" if one.certain else "default"
        ends = f"{one.low:+.4g} and {one.high:+.4g}"
        table.add_row(name, f"[{weight}]{one.value:+.4g}[/]", ends)
    console.print(table)
    console.print(f"moved by: [bold]{found.cause}[/], over {found.seeds} seeds")
    if found.entangled:
        console.print("[yellow]data and code act together: neither part means much alone[/]")
