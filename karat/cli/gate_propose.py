"""`karat gate propose`: what is proved, on a branch that people merge themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from karat.cli.options import AsJson, ContractFile, Home, LakeUrl
from karat.cli.output import answer
from karat.cli.teaching import teaching
from karat.cli.workplace import parsed, workplace

if TYPE_CHECKING:
    from karat.lake import Lake

NAME = "propose"
EPILOG = teaching(
    "karat gate propose wap-4885faf72e1af8268d85386b0539e81c",
    "karat gate propose wap-4885faf72e1af8268d85386b0539e81c binance-spot-btcusdt/2024-08-08",
    "karat gate propose main",
    done="the branch is there, and is named",
    fail="a partition was refused, and there is no branch",
)


def command(
    branch: Annotated[
        str,
        typer.Argument(metavar="BRANCH", help="The audit branch, or main after new verdicts."),
    ],
    partitions: Annotated[
        list[str] | None,
        typer.Argument(metavar="PARTITION", show_default=False, help="All when none is named."),
    ] = None,
    *,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Put what is proved of an audit branch on a branch off main that people merge themselves.

    It holds the bytes, and beside them the notes under which they may be published; the gate's
    hook admits its merge as long as main is where it was. All that is asked for or nothing. The
    merge needs the metadata that is printed.
    """
    from karat.flow.proposing import propose

    place = workplace(lake, contract, home)
    name = propose(place.lake, place.contract, branch, parsed(partitions), store=place.store)
    body = _body(place.lake, name)
    answer(body, lambda console: _draw(console, body), as_json=as_json)


def _body(lake: Lake, name: str) -> dict[str, Any]:
    from karat.gate.asked import EXPECTED
    from karat.lake.layout import MAIN

    return {"branch": name, "into": MAIN, "metadata": {EXPECTED: lake.merge_base(MAIN, name)}}


def _draw(console: Console, body: dict[str, Any]) -> None:
    console.print(f"proposed on {escape(body['branch'])}")
    (key, head), *_ = body["metadata"].items()
    console.print(f"[dim]next: merge it into {body['into']} with the metadata {key}={head}[/]")
