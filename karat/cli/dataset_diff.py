"""`karat dataset diff`: what moved between two versions of a training dataset, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from karat.cli.bar import bar
from karat.cli.dataset_found import Title, found
from karat.cli.options import AsJson, Home, LakeUrl
from karat.cli.output import answer
from karat.cli.teaching import teaching
from karat.cli.workplace import Workplace, workplace

if TYPE_CHECKING:
    from karat.dataset.tagged import Tagged

NAME = "diff"
SHOWN = 5
EPILOG = teaching(
    "karat dataset diff demo@1.0.0 demo@1.1.0",
    "karat dataset diff demo@1.0.0 demo@1.1.0 --quick --json",
)


def command(
    before: Title,
    after: Title,
    *,
    quick: Annotated[
        bool, typer.Option("--quick", help="Read no columns: leave out what they hold.")
    ] = False,
    lake: LakeUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Say which rules, partitions and statistics moved between two training datasets.

    Rules are contract, golden, schema, features and split; of partitions that are in both, the
    findings and numbers of their verdicts are compared; then what columns hold: of partitions
    that were looked at before, no column is read again.
    """
    from karat.dataset.difference import difference, moved_findings, moved_statistics
    from karat.verdicts import Ledger

    place = workplace(lake, None, home)
    old, new = found(place.lake, before), found(place.lake, after)
    told = difference(old.manifest, new.manifest)
    findings = moved_findings(Ledger(place.lake), told)
    columns = [] if quick else moved_statistics(_columns(place, old), _columns(place, new))
    body = told.plain() | {"verdicts": findings, "columns": columns}
    answer(body, lambda console: _draw(console, body), as_json=as_json)


def _columns(place: Workplace, one: Tagged) -> list[Any]:
    from karat.dataset.statistics import column_statistics

    with bar() as progress:
        of = place.lake, one.commit, one.manifest, place.store
        return list(column_statistics(*of, progress=progress))


def _draw(console: Console, body: dict[str, Any]) -> None:
    rises = f": {body['rises']}" if body["rises"] else ""
    console.print(f"[bold]{body['before']} -> {body['after']}[/]{rises}")
    for line in body["words"]:
        console.print(escape(line), soft_wrap=True)
    verdicts = list(body["verdicts"].items())
    for partition, lines in verdicts[:SHOWN]:
        console.print(f"[bold]{escape(partition)}[/]: its verdict")
        for line in lines:
            console.print(f"  {escape(line)}", soft_wrap=True)
    if len(verdicts) > SHOWN:
        console.print(f"and {len(verdicts) - SHOWN} more verdicts that moved: --json tells all")
    if body["columns"]:
        console.print("[bold]columns[/]")
        for line in body["columns"]:
            console.print(f"  {escape(line)}", soft_wrap=True)
