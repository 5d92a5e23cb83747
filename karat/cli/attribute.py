"""`karat attribute`: whether new data or new code moved the score of trained agents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from karat.cli.options import AsJson, Home, LakeUrl
from karat.cli.output import answer
from karat.cli.picture_file import Plot, check_picture, save
from karat.cli.teaching import teaching
from karat.cli.workplace import Workplace, workplace
from karat.errors import InputError

if TYPE_CHECKING:
    from karat.feedback import Attribution, Factorial

NAME = "attribute"
EPILOG = teaching(
    "karat attribute runs.csv",
    "karat attribute runs.parquet --plot what-moved.png",
    "karat attribute --models policy --code 3f9a1c24d5e6,77aa01b2c3d4 --json",
)


def command(
    scores: Annotated[
        Path | None,
        typer.Argument(
            metavar="SCORES", help="Rows of data, code, seed, score: .csv .jsonl .parquet"
        ),
    ] = None,
    *,
    models: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Take kept models of this name, and their evaluation."),
    ] = None,
    data: Annotated[
        str | None, typer.Option(metavar="OLD,NEW", help="Datasets of these models, NAME@VERSION.")
    ] = None,
    code: Annotated[
        str | None, typer.Option(metavar="OLD,NEW", help="Codes of these models, by their digits.")
    ] = None,
    plot: Plot = None,
    lake: LakeUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Split a change of score between new data and new code.

    Train with old and new data, by old and new code, each with the same five seeds or more, and
    score all of them on the same golden evaluation set. SCORES has one row a run: `data` and `code`
    are old or new. With --models, what `karat train` kept is compared: its code is all that made a
    model but data and seed.

    The parts are Shapley's, so data and code sum up to the whole change; intervals are of 95 %,
    over seeds. An interaction as large as they are means that neither part stands alone.
    """
    check_picture(plot)
    if (scores is None) == (models is None):
        raise InputError("give a table of SCORES, or --models NAME")
    from karat.feedback import attribute, read_factorial
    from karat.feedback.picture import attribution_plot

    if scores is not None:
        found = attribute(read_factorial(scores))
    else:
        found = attribute(_of_models(workplace(lake, None, home), str(models), data, code))
    if plot is not None:
        save(attribution_plot(found, between=_between(scores, models, data, code)), plot)
    body = found.plain() | {"plot": str(plot) if plot else None}
    answer(body, lambda console: _draw(console, found), as_json=as_json)


def _of_models(place: Workplace, name: str, data: str | None, code: str | None) -> Factorial:
    from karat.training import factorial
    from karat.training import models as kept

    own = [model for model in kept(place.lake) if model.name == name]
    return factorial(own, _two("code", code or ""), _two("data", data) if data else None)


def _between(scores: Path | None, name: str | None, data: str | None, code: str | None) -> str:
    """Return in words what is compared: of which table or models, and from what to what."""
    asked = [
        f"{what} {' to '.join(_two(what, two))}"
        for what, two in (("data", data), ("code", code))
        if two
    ]
    return ", ".join([scores.name if scores else f"models {name}", *asked])


def _two(what: str, asked: str) -> tuple[str, str]:
    old, _, new = asked.partition(",")
    if not old or not new or "," in new:
        raise InputError(f"--{what} {asked!r}: write OLD,NEW, as `karat train --json` tells")
    return old, new


def _draw(console: Console, found: Attribution) -> None:
    from karat.feedback.attribution import PARTS

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
