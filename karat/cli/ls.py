"""`karat dataset ls`: which training datasets there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from karat.cli.options import AsJson, Home, LakeUrl
from karat.cli.output import answer, short, size
from karat.cli.teaching import teaching
from karat.cli.workplace import workplace

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
    """List training datasets and their versions, oldest first."""
    from karat.dataset import Version, manifests

    found = manifests(workplace(lake, None, home).lake, name)
    found.sort(key=lambda m: (m.name, Version.parse(m.version)))
    rows = [_plain(manifest) for manifest in found]
    answer({"datasets": rows}, lambda console: _draw(console, rows), as_json=as_json)


def _plain(manifest: Manifest) -> dict[str, Any]:
    return {
        "name": manifest.name,
        "version": manifest.version,
        "partitions": len(manifest.entries),
        "bytes": sum(entry.size for entry in manifest.entries),
        "waived": manifest.waived,
        "commit": manifest.commit,
        "contract": manifest.contract,
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
    for row in rows:
        title, commit = f"{row['name']}@{row['version']}", short(row["commit"])
        count = str(row["partitions"])
        waived = str(len(row["waived"]))
        table.add_row(title, count, size(row["bytes"]), waived, commit, short(row["contract"]))
    console.print(table)
