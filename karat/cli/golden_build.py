"""`karat golden build`: golden days become a manifest, and nothing is judged by it yet."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from karat.cli import golden_table
from karat.cli.bar import bar
from karat.cli.golden_adopt import Reason, Who, adopt
from karat.cli.golden_days import Asked, days_of
from karat.cli.golden_find import built_folder
from karat.cli.options import AsJson, ContractFile, Home, LakeUrl
from karat.cli.output import answer, short
from karat.cli.teaching import teaching
from karat.cli.workplace import Workplace, workplace
from karat.errors import InputError

if TYPE_CHECKING:
    from karat.golden import GoldenManifest

NAME = "build"
CHOICE = "Which days"
EPILOG = teaching(
    "karat golden build --days 2024-08-01..2024-08-31",
    "karat golden build --reference binance-spot-btcusdt/2024-08-01 \\\n"
    "      --calibration binance-spot-btcusdt/2024-08-02,binance-spot-btcusdt/2024-08-03",
    "karat golden build --days 2024-08-01..2024-08-31 --adopt --reason 'a quiet month'",
    fail="refused: a day has no PASS in what needs no golden, or its rows are on trial",
    inconclusive="as 1, and all that speaks against those days is INCONCLUSIVE",
)
Days = Annotated[
    list[str] | None,
    typer.Option(
        rich_help_panel=CHOICE, metavar="PARTITION", show_default=False,
        help="May be repeated, and hold several with commas between.",
    ),
]  # fmt: skip


def command(
    *,
    reference: Days = None,
    calibration: Days = None,
    days: Annotated[
        str | None,
        typer.Option(rich_help_panel=CHOICE, metavar="FROM..TO", help="Published days, split."),
    ] = None,
    instrument: Annotated[
        str | None, typer.Option(rich_help_panel=CHOICE, help="Of --days, only this instrument's.")
    ] = None,
    first: Annotated[
        int | None,
        typer.Option(
            rich_help_panel=CHOICE, metavar="R", help="Of --days, the first R. Default: 4."
        ),
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(rich_help_panel=CHOICE, metavar="N", help="Of --days, every n-th instead."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write it here too, to be carried about.")
    ] = None,
    adopting: Annotated[bool, typer.Option("--adopt", help="Judge by it from now on.")] = False,
    who: Who = None,
    reason: Reason = None,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Make a golden manifest from published days; the same days give the same digest.

    Reference days give the cells and the scales, calibration days what is usual. Every day must
    have a PASS in all that needs no golden days. Days that are not published yet are named one by
    one, and lie on one audit branch. Nothing is judged by it before it is adopted.
    """
    from karat.golden import write_folder

    if adopting and not reason:
        raise InputError("--adopt needs a --reason: it is kept with the golden")
    place = workplace(lake, contract, home)
    asked = Asked(reference or [], calibration or [], days, instrument, first, every)
    manifest = _build(place, asked)
    for folder in filter(None, (built_folder(place) / manifest.digest, out)):
        write_folder(manifest, folder)
    body = golden_table.plain(manifest, place.contract)
    body |= {"out": None if out is None else str(out)}
    body |= {"adopted": adopt(place, manifest, who, reason) if adopting else None}
    answer(body, lambda console: _draw(console, body), as_json=as_json)


def _build(place: Workplace, asked: Asked) -> GoldenManifest:
    from karat.flow import build_golden
    from karat.flow.golden_place import golden_ref

    reference, calibration = days_of(place, asked)
    with bar() as progress:
        return build_golden(
            place.lake,
            place.contract,
            golden_ref(place.lake, place.contract, [*reference, *calibration]),
            reference,
            calibration,
            store=place.store,
            progress=progress,
            threads=os.cpu_count() or 1,
        )


def _draw(console: Console, body: dict[str, Any]) -> None:
    golden_table.draw(console, body)
    if body["out"]:
        console.print(f"\nwritten to {body['out']}")
    if body["adopted"]:
        console.print(f"\n[green]adopted[/] by {body['adopted']['who']}; next: karat validate")
        return
    name = short(body["digest"])
    console.print(f"\n[dim]next: karat golden diff current {name}[/]")
    console.print(f"[dim]      karat golden adopt {name} --reason WHY[/]")
