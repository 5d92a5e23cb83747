"""`karat compare`: a person's two files beside each other; no lake, no contract, never PASS."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from karat.cli import comparison_table
from karat.cli.bar import bar
from karat.cli.exits import Exit
from karat.cli.options import AsJson
from karat.cli.output import answer
from karat.cli.picture_file import check_picture, save
from karat.cli.teaching import teaching

if TYPE_CHECKING:
    from karat.comparison import Comparison

NAME = "compare"
EXITS = {"SAME": Exit.DONE, "FAIL": Exit.FAIL, "INCONCLUSIVE": Exit.INCONCLUSIVE}
EPILOG = teaching(
    "karat compare rebuilt.parquet golden.parquet",
    "karat compare ours.csv theirs.arrow --on trade_id",
    "karat compare rebuilt/ golden/ --exact --json",
    "karat compare rebuilt.parquet golden.parquet --plot worst.png",
    done="SAME: every row and column is golden's; even that is not PASS",
    fail="FAIL: a rule that all golden rows hold is broken, or rows of one key are not alike",
    inconclusive="INCONCLUSIVE: the usual answer; nobody said how much of a difference is too much",
)


def command(
    candidate: Annotated[
        str,
        typer.Argument(
            metavar="CANDIDATE", help="Parquet, CSV, Arrow IPC, or a folder of Parquet."
        ),
    ],
    golden: Annotated[str, typer.Argument(metavar="GOLDEN", help="What it is held against.")],
    *,
    on: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="Pair rows by this column, or by several: a,b."),
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Every golden value is a cell: D without a bracket.")
    ] = False,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw the worst column of numbers: .png or .svg."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare two files of rows, column by column: no lake and no contract is needed.

    D is the largest difference of two distribution functions: 0 for equal ones, 1 at most. It is
    shown with certain bounds, the farthest column first. Columns that rise from row to row (times,
    ids) are compared by their steps; texts and flags by the share of rows that would have to
    change. D + h is the smallest tolerance that these rows could show.

    The answer is never PASS: it says what a PASS would need.
    """
    from karat.comparison import compare

    check_picture(plot)
    with bar() as progress:
        keys = [name.strip() for name in on.split(",")] if on else None
        found = compare(candidate, golden, keys, exact=exact, progress=progress)
    drawn = _draw(found, plot) if plot else None
    body: dict[str, Any] = found.body() | {"plot": drawn}
    answer(
        body,
        lambda console: comparison_table.draw(console, found, drawn),
        as_json=as_json,
        code=EXITS[found.outcome],
    )


def _draw(found: Comparison, plot: Path) -> str | None:
    """Draw the worst column of numbers and return its name; None where there is none."""
    from karat.report import ecdf_plot

    for column in found.columns:
        if column.cells is not None and column.state is not None:
            name = f"{column.name}, step by step" if column.measured == "steps" else column.name
            figure = ecdf_plot(column.cells, column.state, name=name)
            save(figure, plot)
            return column.name
    return None
