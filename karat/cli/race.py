"""`karat race`: which of two dataset versions trains better agents, asked as often as one likes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from karat.cli.exits import Exit
from karat.cli.options import AsJson
from karat.cli.output import answer
from karat.cli.picture_file import Plot, check_picture, save
from karat.cli.teaching import teaching

if TYPE_CHECKING:
    from karat.feedback import Race

NAME = "race"
EPILOG = teaching(
    "karat race runs.csv btc@1.0.0 btc@1.0.1 --span 1",
    "karat race runs.jsonl btc@1.0.0 btc@2.0.0 --span 0.5 --plot race.png",
    done="one of the two is surely better: training may stop",
    inconclusive="not sure yet: train both with another seed, and ask again",
)


def command(
    scores: Annotated[
        Path,
        typer.Argument(
            metavar="SCORES", help="Rows of version, seed, score, in order of training."
        ),
    ],
    first: Annotated[str, typer.Argument(metavar="FIRST", help="A version, as in SCORES.")],
    second: Annotated[str, typer.Argument(metavar="SECOND", help="The other version.")],
    *,
    span: Annotated[
        float, typer.Option(help="The width of the range that scores lie in, known beforehand.")
    ],
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """Compare two dataset versions by agents trained on each, one seed after the other.

    The interval holds at all numbers of pairs together: look after each one, and stop when zero
    lies outside. Whoever does so is wrong in one case of twenty at most.
    """
    check_picture(plot)
    from karat.feedback import race, read_pairs

    found = race(read_pairs(scores, first, second), span)
    told = {"first": first, "second": second, "undecided": None}[found.better]
    title = f"{told} is better" if told else f"{first} and {second}: not sure yet"
    if plot is not None:
        from karat.report import bounds_plot

        save(bounds_plot(found.low, found.high, found.stopped, title), plot)
    body = found.plain() | {"winner": told, "plot": str(plot) if plot else None}
    code = Exit.DONE if told else Exit.INCONCLUSIVE
    answer(body, lambda console: _draw(console, found, title), as_json=as_json, code=code)


def _draw(console: Console, found: Race, title: str) -> None:
    console.print(f"[bold]{title}[/]")
    if found.low:
        ends = f"{found.low[-1]:+.4g} and {found.high[-1]:+.4g}"
        console.print(f"second minus first is between {ends}, after {len(found.low)} pairs")
    if found.stopped is not None:
        console.print(f"sure since pair {found.stopped}")
