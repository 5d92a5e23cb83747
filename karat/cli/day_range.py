"""`karat range`: how far many days together are from golden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from karat.cli.exits import Exit
from karat.cli.options import AsJson, ContractFile, Home, LakeUrl
from karat.cli.output import answer, short
from karat.cli.teaching import teaching
from karat.cli.workplace import workplace

if TYPE_CHECKING:
    from karat.flow import Range

NAME = "range"
EPILOG = teaching(
    "karat range --from 2024-01-05 --to 2024-01-20",
    "karat range binance-spot-btcusdt --from 2024-01-01 --json",
    inconclusive="no partition lies in the range",
)


def command(
    instruments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="INSTRUMENT",
            show_default=False,
            help="Such as binance-spot-btcusdt; all when none is named.",
        ),
    ] = None,
    *,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="The first day, as 2024-01-05.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="The last day, included.")
    ] = None,
    ref: Annotated[str, typer.Option(help="Branch, tag or commit to look at.")] = "main",
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Tell the distances of any instruments' days from one to another, taken together as one.

    States that were computed before are merged: whole months, and whole tens of days, as they
    stand, so a long range costs little more than a short one. Nothing is judged or recorded.
    """
    from karat.flow import merged_range

    place = workplace(lake, contract, home)
    found = merged_range(
        place.lake,
        place.contract,
        ref,
        first=first,
        last=last,
        instruments=instruments or None,
        store=place.store,
    )
    body = {
        "ref": ref,
        "partitions": [str(one) for one in found.partitions],
        "rows": found.rows,
        "root": found.root,
        "distances": {
            name: [float(low), float(high)] for name, (low, high) in found.distances.items()
        },
    }
    code = Exit.DONE if found.partitions else Exit.INCONCLUSIVE
    answer(body, lambda console: _draw(console, found), as_json=as_json, code=code)


def _draw(console: Console, found: Range) -> None:
    if not found.partitions:
        console.print("[yellow]no partition lies in this range[/]")
        return
    table = Table(box=None)
    table.add_column("distance")
    for name in ("at least", "at most"):
        table.add_column(name, justify="right")
    for name, (low, high) in found.distances.items():
        table.add_row(name, f"{float(low):.4f}", f"{float(high):.4f}")
    first, last = found.partitions[0], found.partitions[-1]
    count = f"{len(found.partitions):,} partitions, {found.rows:,} rows"
    console.print(f"{count}, {first} to {last}, root {short(found.root)}")
    console.print(table if found.distances else "no golden days are adopted: no distance")
