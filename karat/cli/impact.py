"""`karat impact`: what a partition ever went into."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from karat.cli.options import AsJson, Home, LakeUrl
from karat.cli.output import answer, short
from karat.cli.teaching import teaching
from karat.cli.workplace import workplace

NAME = "impact"
EPILOG = teaching(
    "karat impact binance-spot-btcusdt/2024-08-08",
    "karat impact binance-spot-btcusdt/2024-08-08 --content 3f0c1b9a7d42 --json",
)


def command(
    partition: Annotated[
        str, typer.Argument(metavar="PARTITION", help="Such as binance-spot-btcusdt/2024-08-08.")
    ],
    *,
    content: Annotated[
        str, typer.Option(metavar="DIGEST", help="Only what held these values: its first digits.")
    ] = "",
    lake: LakeUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List the training datasets, models and runs that ever read a partition.

    Whether they are refused now or not, and whatever values it held: the content says which.
    """
    from karat.dataset.impact import impact
    from karat.lake.layout import Partition

    named = Partition.parse(partition)
    found = impact(workplace(lake, None, home).lake, named, content=content)
    rows = [one.plain() for one in found]
    body = {
        "partition": str(named),
        "datasets": rows,
        "runs": sorted({run for row in rows for run in row["runs"]}),
        "models": sorted({model for row in rows for model in row["models"]}),
    }
    answer(body, lambda console: _draw(console, body), as_json=as_json)


def _draw(console: Console, body: dict[str, Any]) -> None:
    if not body["datasets"]:
        console.print(f"{body['partition']}: no training dataset ever held it")
        return
    for row in body["datasets"]:
        state = "[bold red]refused[/]" if row["refused"] else "[green]ok[/]"
        what = f"{row['of']}, content {short(row['content'])}, {row['part']}"
        console.print(f"[bold]{row['dataset']}[/]  {state}  {what}", soft_wrap=True)
        for kind in ("runs", "models"):
            for name in row[kind]:
                console.print(f"  {kind[:-1]} {escape(name)}", soft_wrap=True)
        if row["refused"]:
            console.print(f"  {escape(row['refused'])}", soft_wrap=True)
