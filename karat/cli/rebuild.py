"""`karat rebuild`: raw captures into book events, in the lake or in a file of your own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from karat.cli import rebuild_file
from karat.cli.bar import bar
from karat.cli.exits import Exit
from karat.cli.options import AsJson, ContractFile, Home, LakeUrl, Partitions
from karat.cli.output import answer
from karat.cli.teaching import teaching
from karat.cli.workplace import Workplace, parsed, workplace
from karat.errors import InputError

if TYPE_CHECKING:
    from karat.flow import Batch
    from karat.lake.layout import Partition
    from karat.verdicts import Build

NAME = "rebuild"
OWN = "Without a lake"
EPILOG = teaching(
    "karat rebuild",
    "karat rebuild binance-spot-btcusdt/2024-08-08",
    "karat rebuild --raw day.parquet --out events.parquet \\\n"
    "      --instrument binance-spot-btcusdt",
    done="everything is rebuilt, or was already",
    broken="a capture is bad (the others are rebuilt), wrong use, or the machine is in the way",
)


def command(
    partitions: Partitions = None,
    *,
    raw: Annotated[
        Path | None, typer.Option(rich_help_panel=OWN, metavar="FILE", help="Your raw capture.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(rich_help_panel=OWN, metavar="FILE", help="Takes the events.")
    ] = None,
    instrument: Annotated[
        str | None, typer.Option(rich_help_panel=OWN, help="Such as binance-spot-btcusdt.")
    ] = None,
    date: Annotated[
        str,
        typer.Option(
            rich_help_panel=OWN,
            show_default=False,
            help="Whose reference data; default: the newest.",
        ),
    ] = rebuild_file.NEWEST,
    instruments: Annotated[
        Path | None, typer.Option(rich_help_panel=OWN, metavar="CSV", help="Reference data.")
    ] = None,
    carry: Annotated[
        Path | None,
        typer.Option(rich_help_panel=OWN, metavar="FILE", help="The book to open with."),
    ] = None,
    carry_out: Annotated[
        Path | None, typer.Option(rich_help_panel=OWN, metavar="FILE", help="Takes the last book.")
    ] = None,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Rebuild what is out of date: snapshots, deltas and trades become ordered book events.

    Days that a snapshot does not open are carried over from the day before, and are rebuilt with
    it. The result lies on an audit branch until it is proved and published. Gaps, duplicates and
    the like are counted and located, never repaired.
    """
    if raw or out:
        if partitions or not (raw and out and instrument):
            raise InputError("--raw, --out and --instrument go together, without partitions")
        files = rebuild_file.Files(raw, out, carry, carry_out, instruments)
        rebuild_file.run(files, instrument, date, as_json=as_json)
        return
    if instrument or carry or carry_out or instruments:
        raise InputError(
            "--instrument, --instruments, --carry and --carry-out need --raw and --out"
        )
    _in_lake(workplace(lake, contract, home), parsed(partitions), as_json=as_json)


def _in_lake(place: Workplace, wanted: list[Partition] | None, *, as_json: bool) -> None:
    from karat.flow import rebuild_partitions

    with bar() as progress:
        batch = rebuild_partitions(
            place.lake, place.contract, wanted, store=place.store, progress=progress
        )
    builds = _builds(place, batch)
    body = {
        "branch": batch.branch,
        "rebuilt": {
            str(p): {"rows": b.rows, "counts": dict(b.counts), "places": [*map(dict, b.places)]}
            for p, b in builds.items()
        },
        "unchanged": [str(p) for p in batch.unchanged],
        "failed": {str(p): why for p, why in batch.failed.items()},
    }
    code = Exit.BROKEN if batch.failed else Exit.DONE
    answer(body, lambda console: _draw(console, batch, builds), as_json=as_json, code=code)


def _builds(place: Workplace, batch: Batch) -> dict[Partition, Build]:
    """Return the record of each partition that was rebuilt."""
    from karat.lake.layout import MAIN
    from karat.verdicts import links

    head, dataset, source = place.lake.head(MAIN), place.contract.dataset, place.contract.source
    found = {}
    for instrument in sorted({p.instrument for p in batch.rebuilt}):
        for link in links(place.lake, head, dataset, instrument, source):
            if link.partition in batch.rebuilt and link.build:
                found[link.partition] = link.build
    return found


def _draw(console: Console, batch: Batch, builds: dict[Partition, Build]) -> None:
    if builds:
        table = Table(box=None, pad_edge=False, collapse_padding=True)
        table.add_column("partition", no_wrap=True)
        for name in ("rows", *rebuild_file.ANOMALIES.values()):
            table.add_column(name, justify="right")
        for partition, build in builds.items():
            met = [build.counts.get(key, 0) for key in rebuild_file.ANOMALIES]
            counts = [f"[yellow]{n:,}[/]" if n else "[dim]0[/]" for n in met]
            table.add_row(str(partition), f"{build.rows:,}", *counts)
        console.print(table)
    for partition, why in batch.failed.items():
        console.print(f"[bold red]failed[/] {partition}: {escape(why)}", soft_wrap=True)
    if batch.unchanged:
        console.print(f"{len(batch.unchanged)} partitions are as they were")
    if not (batch.rebuilt or batch.failed or batch.unchanged):
        console.print("nothing to rebuild: there is no raw capture in the lake")
        console.print("[dim]next: karat ingest PATH[/]")
    if batch.branch:
        console.print(f"on audit branch {batch.branch}")
        console.print("[dim]next: karat validate[/]")
