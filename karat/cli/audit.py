"""`karat audit`: which commits of main brought what has no PASS."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from karat.cli.bar import bar
from karat.cli.contract_files import ContractFiles, contracts_in
from karat.cli.exits import Exit
from karat.cli.options import AsJson, Home, LakeUrl
from karat.cli.output import answer, short
from karat.cli.teaching import teaching
from karat.cli.workplace import workplace

if TYPE_CHECKING:
    from karat.gate.auditing import Audit

NAME = "audit"
EPILOG = teaching(
    "karat audit",
    "karat audit --since 4f0c…e1 --json",
    "karat audit --contract book.yaml --contract trades.yaml",
    done="every commit that touched gated paths had a PASS for them",
    fail="the commits that are named had not",
)


def command(
    *,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="COMMIT", help="Look at what came after this commit only."),
    ] = None,
    lake: LakeUrl = None,
    contract: ContractFiles = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Name each commit of main that touched gated paths without a PASS.

    A hook of lakeFS can be got round, and the gate of an embedded lake by whoever writes to it
    without karat. Every commit of main is held against the ledger as it is now: the bytes it
    brought, the note beside them, the build, the verdict, the book that carries over. Training
    datasets refuse such bytes anyway, at once.
    """
    from karat.gate.auditing import audit

    place = workplace(lake, None, home)
    with bar() as progress:
        found = audit(
            place.lake,
            contracts_in(place, contract),
            store=place.store,
            since=place.lake.resolve(since) if since else None,
            progress=progress,
        )
    code = Exit.FAIL if found.unproved else Exit.DONE
    answer(_body(found), lambda console: _draw(console, found), as_json=as_json, code=code)


def _body(found: Audit) -> dict[str, Any]:
    unproved = [asdict(one) | {"reasons": dict(one.reasons)} for one in found.unproved]
    return {"commits": found.commits, "gated": found.gated, "unproved": unproved}


def _draw(console: Console, found: Audit) -> None:
    for one in found.unproved:
        day = dt.datetime.fromtimestamp(one.created_at_s, dt.UTC).strftime("%Y-%m-%d %H:%M")
        console.print(f"[bold red]{short(one.commit)}[/] {day} {escape(one.message)}")
        for name, why in one.reasons.items():
            console.print(f"  {escape(name)}: {escape(why)}", soft_wrap=True)
    told = f"{found.commits} commits of main, {found.gated} touched gated paths"
    bad = len(found.unproved)
    console.print(f"{told}, {bad} of them without a PASS" if bad else f"{told}: all had a PASS")
    if bad:
        console.print("[dim]next: rebuild, validate and publish what is named[/]")
