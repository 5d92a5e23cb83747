"""`karat ingest`: capture files into the lake, byte for byte."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from karat.cli.bar import bar
from karat.cli.options import AsJson, ContractFile, Home, LakeUrl
from karat.cli.output import answer, short
from karat.cli.rebuild_file import reference
from karat.cli.teaching import teaching
from karat.cli.workplace import workplace
from karat.errors import InputError

if TYPE_CHECKING:
    from karat.flow import Capture, Ingested

NAME = "ingest"
ONE = "One file of any name"
EPILOG = teaching(
    "karat ingest captures/",
    "karat ingest day.parquet --instrument binance-spot-btcusdt \\\n      --date 2024-08-08",
    done="all of it is in the lake",
)
STATUS_COLOURS = {"new": "green", "restated": "yellow", "same": "dim"}


class Role(StrEnum):
    """Whose recording a capture is."""

    RAW = "raw"
    GOLDEN = "golden"
    GOLDEN_TRADES = "golden_trades"


def command(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files and folders.")],
    *,
    instrument: Annotated[
        str | None, typer.Option(rich_help_panel=ONE, help="Such as binance-spot-btcusdt.")
    ] = None,
    date: Annotated[str | None, typer.Option(rich_help_panel=ONE, help="YYYY-MM-DD, UTC.")] = None,
    role: Annotated[
        Role, typer.Option(rich_help_panel=ONE, help="The vendor's, or an independent one.")
    ] = Role.RAW,
    instruments: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="Reference data: ticks, lots, contract sizes."),
    ] = None,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Bring capture files into the lake: raw ones to rebuild, golden ones to hold them against.

    Found in folders by their names, MARKET_SYMBOL_YYYYMMDD_raw.parquet, …_golden_bbo.parquet
    (quotes) and …_trades.parquet (golden trades); the venue is in the file's metadata, else the
    name of its folder. A day is taken whole or not at all and what is there already is passed
    over: an interrupted ingest is run again. Raw files go where the contract's `source` says. A
    warning names what was received on another day.
    """
    from karat.flow import captures_in, ingest

    named = _one(paths, instrument, date, role) if instrument or date else captures_in(paths)
    table = reference(instruments)
    place = workplace(lake, contract, home, create=True)
    source = place.contract.source
    with bar() as progress:
        done = ingest(place.lake, named, instruments=table, source=source, progress=progress)
    body = {"lake": place.lake_url, "captures": [_plain(item) for item in done]}
    answer(body, lambda console: _draw(console, done), as_json=as_json)
    _doubt(Console(stderr=True, highlight=False, soft_wrap=True), done)


def _one(paths: list[Path], instrument: str | None, date: str | None, role: Role) -> list[Capture]:
    from karat.flow import Capture
    from karat.lake.layout import Partition

    if len(paths) != 1 or not paths[0].is_file() or not instrument or not date:
        raise InputError("--instrument and --date go together, with the path of one file")
    return [Capture(paths[0], Partition(instrument, date), role.value)]


def _plain(item: Ingested) -> dict[str, str]:
    capture = item.capture
    return {
        "partition": str(capture.partition),
        "role": capture.role,
        "status": item.status,
        "digest": item.digest,
        "file": str(capture.path),
        "doubt": item.doubt,
    }


def _doubt(console: Console, done: list[Ingested]) -> None:
    for item in (one for one in done if one.doubt):
        path, date = item.capture.path, item.capture.partition.date
        told = f"{path}: taken for {date}, but received {item.doubt}: look at its name or --date"
        console.print(f"[yellow]warning:[/] {escape(told)}")


def _draw(console: Console, done: list[Ingested]) -> None:
    table = Table("partition", "role", "status", "digest", box=None, pad_edge=False)
    for item in done:
        status = f"[{STATUS_COLOURS[item.status]}]{item.status}[/]"
        partition = str(item.capture.partition)
        table.add_row(partition, item.capture.role, status, short(item.digest))
    console.print(table)
    changed = sum(item.status != "same" for item in done)
    console.print(f"{changed} of {len(done)} captures are new to the lake")
    console.print("[dim]next: karat rebuild[/]")
