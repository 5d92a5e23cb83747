"""`karat golden report`: how alike golden days are, day by day, and whether they drift."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from karat.cli.golden_find import CURRENT, Which, found
from karat.cli.options import AsJson, ContractFile, Home, LakeUrl
from karat.cli.output import answer
from karat.cli.teaching import teaching
from karat.cli.workplace import workplace
from karat.errors import UnavailableError

if TYPE_CHECKING:
    from karat.golden import Likeness

NAME = "report"
ROWS, WIDTH = 20, 48
EPILOG = teaching(
    "karat golden report",
    "karat golden report 3f0c1b9a7d42 --html alike.html",
)


def command(
    golden: Which = CURRENT,
    *,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all days and distances as a page.")
    ] = None,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show how far each golden day is from the others, in units of scale, the worst days first.

    A reference day is held against the other reference days, a calibration day against all of
    them. A distance that drifts with the date says that days are not exchangeable. No data is read.
    """
    from karat.golden import likeness

    place = workplace(lake, contract, home)
    manifest = found(place, golden)
    alike = likeness(manifest)
    if html:
        _write(html, alike, f"golden {manifest.digest[:12]} of {manifest.dataset}")
    body = {"golden": manifest.digest, "words": alike.words, "html": str(html) if html else None}
    body |= asdict(alike)
    answer(body, lambda console: _draw(console, alike, body), as_json=as_json)


def _write(path: Path, alike: Likeness, title: str) -> None:
    from karat.report.likeness_page import likeness_page

    try:
        path.write_text(likeness_page(alike, title), encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"{path}: cannot be written ({error.strerror})") from error


def _draw(console: Console, alike: Likeness, body: dict[str, Any]) -> None:
    for line in alike.words:
        console.print(escape(line))
    console.print()
    fits = max((console.width - WIDTH) // 12, 1)
    console.print(_matrix(alike, fits))
    left = len(alike.worst) - ROWS
    more = [f"{left} more days"] if left > 0 else []
    more += [f"{len(alike.names) - fits} more distances"] if len(alike.names) > fits else []
    if more:
        console.print(f"[dim]and {' and '.join(more)}: --html FILE or --json shows all[/]")
    if body["html"]:
        console.print(f"written to {body['html']}")


def _matrix(alike: Likeness, fits: int) -> Table:
    """Return the worst days by the distances that have the largest ratios."""
    tops = [
        max((d.ratios[at] or 0 for d in alike.days), default=0) for at in range(len(alike.names))
    ]
    chosen = sorted(sorted(range(len(tops)), key=lambda at: -tops[at])[:fits])
    table = Table("day", "", box=None, pad_edge=False)
    for name in ("score", *(alike.names[at] for at in chosen)):
        table.add_column(escape(name), justify="right", max_width=12)
    for day in alike.worst[:ROWS]:
        part = "[dim]reference[/]" if day.reference else "[dim]calibration[/]"
        cells = [_cell(day.ratios[at], alike.typical) for at in chosen]
        table.add_row(day.partition, part, _cell(day.score, alike.typical), *cells)
    return table


def _cell(ratio: float | None, typical: float) -> str:
    if ratio is None:
        return ""
    colour = "bold red" if ratio > 3 * typical else "yellow" if ratio > 1.5 * typical else ""
    return f"[{colour}]{ratio:.2f}[/]" if colour else f"{ratio:.2f}"
