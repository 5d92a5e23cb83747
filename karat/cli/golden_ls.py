"""`karat golden ls`: which golden manifests there are, and who adopted which, when and why."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from karat.cli.golden_find import built_folder, current, find, known
from karat.cli.options import AsJson, ContractFile, Home, LakeUrl
from karat.cli.output import answer, short
from karat.cli.teaching import teaching
from karat.cli.workplace import Workplace, workplace
from karat.errors import UntrustedError

NAME = "ls"
EPILOG = teaching("karat golden ls", "karat golden ls --json")


def command(
    *,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List golden manifests, those built here too, and the history of adoptions, newest first."""
    from karat.flow.golden_adoptions import adoptions

    place = workplace(lake, contract, home)
    now = None
    with suppress(UntrustedError):  # what a revoked key adopted is in force no more
        now = current(place)
    body = {
        "current": None if now is None else now.digest,
        "manifests": [row for name in known(place) for row in _row(place, name)],
        "adoptions": [
            {"golden": a.golden, "who": a.who, "reason": a.reason, "when": _when(a.at_s),
             "commit": a.commit, "revoked": a.revoked}
            for a in adoptions(place.lake, place.contract.dataset)
        ],
    }  # fmt: skip
    answer(body, lambda console: _draw(console, body), as_json=as_json)


def _row(place: Workplace, name: str) -> list[dict[str, Any]]:
    """Return the row of a manifest, none for one of another dataset."""
    one = find(place, name)
    if one is None or one.dataset != place.contract.dataset:
        return []
    built = (built_folder(place) / name).is_dir()
    days = [day.partition for day in (*one.reference, *one.calibration)]
    counts = {"reference": len(one.reference), "calibration": len(one.calibration)}
    dates = sorted(day.rpartition("/")[2] for day in days)
    return [{"golden": name, **counts, "first": dates[0], "last": dates[-1], "built_here": built}]


def _when(at_s: int) -> str:
    return dt.datetime.fromtimestamp(at_s, dt.UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _draw(console: Console, body: dict[str, Any]) -> None:
    if not body["manifests"]:
        console.print("no golden manifests; karat golden build makes one")
        return
    table = Table("golden", "days", box=None, pad_edge=False)
    for name in ("R", "K"):
        table.add_column(name, justify="right")
    table.add_column("")
    adopted = {one["golden"] for one in body["adoptions"]}
    for row in body["manifests"]:
        name = row["golden"]
        state = "adopted before" if name in adopted else "[dim]built, not adopted[/]"
        state = "[green]in force[/]" if name == body["current"] else state
        days = f"{row['first']} to {row['last']}"
        table.add_row(short(name), days, str(row["reference"]), str(row["calibration"]), state)
    console.print(table)
    if body["adoptions"]:
        console.print()
        console.print(_history(body["adoptions"]))


def _history(rows: list[dict[str, Any]]) -> Table:
    table = Table("adopted", "golden", "by", "why", box=None, pad_edge=False)
    for row in rows:
        why = escape(row["reason"])
        if row["revoked"]:
            why += f" [red](its key is revoked: {escape(row['revoked'])})[/]"
        table.add_row(row["when"], short(row["golden"]), escape(row["who"]), why)
    return table
