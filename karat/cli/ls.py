"""`karat dataset ls`: which training datasets there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from karat.cli.options import AsJson, Home, LakeUrl
from karat.cli.output import answer, short, size
from karat.cli.teaching import teaching
from karat.cli.workplace import workplace
from karat.telemetry import now_s

if TYPE_CHECKING:
    from karat.dataset import Manifest

NAME = "ls"
EPILOG = teaching("karat dataset ls", "karat dataset ls demo --json")


def command(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Only this dataset.")] = None,
    *,
    lake: LakeUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List training datasets and their versions, oldest first, and which are refused and why.

    One is refused where a content of it was proved bad after it was cut, where a waiver in it is
    over, and where a key that signed it was revoked.
    """
    from karat.dataset.refusing import refusals
    from karat.dataset.tagged import tagged
    from karat.verdicts import Ledger

    opened = workplace(lake, None, home).lake
    ledger = Ledger(opened)
    rows = [_plain(one.manifest, refusals(ledger, one, now_s())) for one in tagged(opened, name)]
    answer({"datasets": rows}, lambda console: _draw(console, rows), as_json=as_json)


def _plain(manifest: Manifest, refused: dict[str, str]) -> dict[str, Any]:
    return {
        "name": manifest.name,
        "version": manifest.version,
        "partitions": len(manifest.entries),
        "rows": manifest.rows,
        "bytes": manifest.size,
        "waived": manifest.waived,
        "commit": manifest.commit,
        "contract": manifest.contract,
        "purpose": manifest.purpose,
        "refused": refused,
    }


def _draw(console: Console, rows: list[dict[str, Any]]) -> None:
    if not rows:
        console.print("no datasets; cut one with karat dataset cut NAME")
        return
    table = Table("dataset", box=None, pad_edge=False)
    table.add_column("partitions", justify="right")
    table.add_column("size", justify="right")
    table.add_column("waived", justify="right")
    table.add_column("commit")
    table.add_column("contract")
    table.add_column("state")
    for row in rows:
        title, commit = f"{row['name']}@{row['version']}", short(row["commit"])
        count = str(row["partitions"])
        waived = str(len(row["waived"]))
        state = "[bold red]refused[/]" if row["refused"] else "[green]ok[/]"
        contract = short(row["contract"])
        table.add_row(title, count, size(row["bytes"]), waived, commit, contract, state)
    console.print(table)
    for row in rows:
        for where, why in row["refused"].items():
            told = f"{row['name']}@{row['version']}: " + (f"{where}: " if where else "") + why
            console.print(escape(told), soft_wrap=True)
