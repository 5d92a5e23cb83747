"""`karat dataset card`: what a training dataset is, as a page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from karat.cli.bar import bar
from karat.cli.dataset_found import Title, found
from karat.cli.options import AsJson, Home, LakeUrl
from karat.cli.output import answer
from karat.cli.teaching import teaching
from karat.cli.workplace import Workplace, workplace
from karat.errors import UnavailableError

if TYPE_CHECKING:
    from karat.dataset.card import Card

NAME = "card"
EPILOG = teaching(
    "karat dataset card demo@1.0.0",
    "karat dataset card demo@1.0.0 --statistics --html demo.html --md demo.md",
)
Statistics = Annotated[
    bool, typer.Option("--statistics", help="Tell what columns hold: their ends, mean, deviation.")
]


def command(
    dataset: Title,
    *,
    statistics: Statistics = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as one HTML page.")
    ] = None,
    md: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as Markdown.")] = None,
    lake: LakeUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Print the card of a training dataset as Markdown, or write it as a page.

    What it is for, its range, statistics, verdicts, waivers, known limits and lineage, and who
    read it. A dataset that is refused has a card too, which says so first.
    """
    from karat.dataset.card_page import page

    told = card_of(workplace(lake, None, home), dataset, statistics=statistics)
    for path, text in ((html, page(told, "html")), (md, page(told, "md"))):
        if path:
            _write(path, text)
    written = [str(path) for path in (html, md) if path]

    def draw(console: Console) -> None:
        if written:
            console.print(f"wrote {', '.join(written)}", soft_wrap=True, markup=False)
        else:
            sys.stdout.write(page(told, "md"))

    answer(told.plain() | {"written": written}, draw, as_json=as_json)


def card_of(place: Workplace, dataset: str, *, statistics: bool) -> Card:
    """Return the card of a dataset, with what its columns hold if asked for; InputError."""
    from karat.dataset.card import card
    from karat.dataset.statistics import column_statistics
    from karat.verdicts import Ledger

    one = found(place.lake, dataset)
    columns = []
    if statistics:
        with bar() as progress:
            of = place.lake, one.commit, one.manifest, place.store
            columns = column_statistics(*of, progress=progress)
    return card(Ledger(place.lake), one, columns)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"{path}: cannot be written ({error.strerror})") from error
