"""`karat lake gc` and `fsck`: free what nothing names, find what is damaged."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from karat.cli.exits import Exit
from karat.cli.lake_place import the_lake
from karat.cli.options import AsJson, Home, LakeUrl
from karat.cli.output import answer, short, size
from karat.cli.teaching import teaching
from karat.errors import CorruptError, InputError

if TYPE_CHECKING:
    from karat.lake.checking import Damage

UNITS_S = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
SHOWN = 5
_TIME = re.compile(r"(\d+)([a-z]?)", re.ASCII)


def gc(
    *,
    grace: Annotated[
        str,
        typer.Option("--grace", metavar="24h", help="What is younger stays: 0, 90s, 30m, 24h, 7d."),
    ] = "24h",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
    audit_branches: Annotated[
        bool,
        typer.Option(
            "--audit-branches",
            help="Audit branches too of which each partition is newer elsewhere.",
        ),
    ] = False,
    lake: LakeUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Free what no branch or tag leads to and nobody works on.

    Commits, trees and bytes that are older than the grace period go, with branches that sessions
    left behind and files of writers that died. Writers may go on meanwhile: what an open session
    has staged stays, however old. Keep the grace period longer than any job runs.
    """
    from karat.lake.collecting import gc as collect

    place = the_lake(lake, home)
    freed = collect(place, grace_s=seconds(grace), dry_run=dry_run, audit_branches=audit_branches)
    body = {"dry_run": dry_run, **asdict(freed)}

    def draw(console: Console) -> None:
        verb = "would free" if dry_run else "freed"
        total = freed.blob_bytes + freed.temporary_bytes
        console.print(
            f"{verb} {size(total)}: {freed.blobs} blobs, {freed.temporary_files} temporary files, "
            f"{freed.commits} commits, {freed.tree_nodes} tree nodes"
        )
        for name in freed.branches:
            console.print(f"  branch {escape(name)}")

    answer(body, draw, as_json=as_json)


def fsck(
    *,
    deep: Annotated[bool, typer.Option("--deep", help="Read every byte, not only sizes.")] = False,
    lake: LakeUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Check that every ref, commit, tree and file is there and is what its name says.

    Damaged bytes are moved to quarantine/ in the lake, and named with the paths and commits that
    use them. Nothing is mended in silence: put the same bytes again, or restore a backup. Of files
    only the sizes are looked at: bytes changed in place are found with --deep.
    """
    from karat.lake.checking import Damage, Findings
    from karat.lake.checking import fsck as check

    try:
        found = check(the_lake(lake, home), deep=deep)
    except CorruptError as error:  # too damaged to be opened
        found = Findings((Damage("database", "lake.db", str(error)),), 0, 0, 0, 0, 0, 0, deep)
    body = asdict(found)

    def draw(console: Console) -> None:
        read = size(found.blob_bytes) + (" read" if deep else ", sizes looked at")
        console.print(
            f"{found.refs} refs, {found.commits} commits, {found.tree_nodes} tree nodes, "
            f"{found.blobs} blobs ({read}), {found.unreachable} unreachable"
        )
        for damage in found.damages:
            _draw_damage(console, damage)
        whole = "[green]whole[/]" + (not deep) * ", as far as sizes tell: --deep reads every byte"
        console.print("[bold red]damaged[/]" if found.damages else whole)

    answer(body, draw, as_json=as_json, code=Exit.FAIL if found.damages else Exit.DONE)


def seconds(text: str) -> int:
    """Return the seconds a text says; InputError for one that says none.

    >>> seconds("0"), seconds("90s"), seconds("24h"), seconds("7d")
    (0, 90, 86400, 604800)
    """
    found = _TIME.fullmatch(text)
    if found is None or found[2] not in UNITS_S:
        raise InputError(f"time {text!r}: write a number and s, m, h or d, as in 24h")
    return int(found[1]) * UNITS_S[found[2]]


def _draw_damage(console: Console, damage: Damage) -> None:
    moved = ", moved to quarantine/" if damage.quarantined else ""
    console.print(f"[bold red]{damage.kind}[/] {short(damage.name)}: {escape(damage.how)}{moved}")
    for use in damage.uses[:SHOWN]:
        commits = ", ".join(short(commit) for commit in use.commits[:SHOWN])
        rest = len(use.commits) - SHOWN
        console.print(f"  {escape(use.path)} in {commits}" + (f" and {rest} more" * (rest > 0)))
    if len(damage.uses) > SHOWN:
        console.print(f"  and {len(damage.uses) - SHOWN} more paths: --json names all")


COMMANDS: dict[str, tuple[Any, str]] = {
    "gc": (gc, teaching("karat lake gc --dry-run", "karat lake gc --grace 7d --json")),
    "fsck": (
        fsck,
        teaching("karat lake fsck --deep", "karat lake fsck --json", done="whole", fail="damaged"),
    ),
}
