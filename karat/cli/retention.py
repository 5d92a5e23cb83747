"""`karat retention`: let go of what was kept long enough."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from karat.cli.options import AsJson, Home, LakeUrl
from karat.cli.output import answer, size
from karat.cli.teaching import teaching
from karat.cli.workplace import workplace

if TYPE_CHECKING:
    from karat.flow import Released

NAME = "retention"
EPILOG = teaching(
    "karat retention --dry-run",
    "karat retention --keep 'audit-branches=30 garbage=7 states=90'",
    "karat retention --dry-run --keep garbage=1 --json",
    done="what was kept long enough is gone, or was shown",
)


def command(
    *,
    keep: Annotated[
        str | None,
        typer.Option(
            metavar="DAYS",
            help="Days by class, as in 'garbage=7 states=90'; what is not named stays for ever. "
            "Default: audit-branches=30 garbage=7 states=90.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
    lake: LakeUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Let go of audit branches, garbage and states that were kept for so many days.

    An audit branch goes when each of its partitions is newer elsewhere, garbage is what no branch
    or tag leads to, and a state is computed again when it is needed. Captures, what was published,
    training data and the ledger are evidence, and stay. Dagster runs this every week.
    """
    from karat.flow import Keep, retain

    place = workplace(lake, None, home)
    days = Keep() if keep is None else Keep.parse(keep)
    told = retain(place.lake, place.disk_store, days, dry_run=dry_run)
    body = {"dry_run": dry_run, "classes": [asdict(one) for one in told]}
    answer(body, lambda console: _draw(console, told, dry_run=dry_run), as_json=as_json)


def _draw(console: Console, told: tuple[Released, ...], *, dry_run: bool) -> None:
    verb = "would free" if dry_run else "freed"
    for one in told:
        what = one.why or f"{verb} {size(one.bytes)} ({one.bytes:,} bytes), {one.count:,} things"
        since = "" if one.days is None else f" kept for {one.days} days"
        console.print(f"[bold]{one.sort}[/]{since}: {what}")
    total = sum(one.bytes for one in told)
    console.print(f"{verb} {size(total)} in all")
