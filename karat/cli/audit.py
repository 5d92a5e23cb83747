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
from karat.cli.output import answer, short, size
from karat.cli.teaching import teaching
from karat.cli.workplace import workplace

if TYPE_CHECKING:
    from karat.gate.auditing import Audit
    from karat.lake.rehashing import Rehashed

NAME = "audit"
EPILOG = teaching(
    "karat audit",
    "karat audit --since 4f0c…e1 --json",
    "karat audit --sample 1000",
    "karat audit --contract book.yaml --contract trades.yaml",
    done="every commit that touched gated paths had a PASS for them",
    fail="the commits that are named had not, or a file that was read again is damaged",
)


def command(
    *,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="COMMIT", help="Look at what came after this commit only."),
    ] = None,
    sample: Annotated[
        int, typer.Option(min=0, metavar="FILES", help="Read so many files again, drawn by --seed.")
    ] = 0,
    seed: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Another seed draws others. Default: the day."),
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

    With --sample, files of main and of the ledger are read again to the last byte, each as likely
    as any other: what changed on the disk is named.
    """
    from karat.gate.auditing import audit
    from karat.lake.rehashing import rehash
    from karat.telemetry import now_s

    place = workplace(lake, None, home)
    with bar() as progress:
        found = audit(
            place.lake,
            contracts_in(place, contract),
            store=place.store,
            since=place.lake.resolve(since) if since else None,
            progress=progress,
        )
        drawn_by = seed or dt.datetime.fromtimestamp(now_s(), dt.UTC).date().isoformat()
        read = rehash(place.lake, sample, drawn_by, progress=progress) if sample else None
    damaged = read.damaged if read else {}
    code = Exit.FAIL if found.unproved or damaged else Exit.DONE

    def draw(console: Console) -> None:
        _draw(console, found)
        if read:
            _draw_read(console, read)

    body = _body(found) | ({"sample": asdict(read) | {"seed": drawn_by}} if read else {})
    answer(body, draw, as_json=as_json, code=code)


def _draw_read(console: Console, read: Rehashed) -> None:
    for path, why in read.damaged.items():
        console.print(f"[bold red]damaged[/] {escape(path)}: {escape(why)}", soft_wrap=True)
    told = f"{read.read} of {read.files} files read again, {size(read.bytes)}"
    console.print(f"{told}: {len(read.damaged)} damaged" if read.damaged else f"{told}: all whole")


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
