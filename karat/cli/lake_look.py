"""`karat lake ls`, `log`, `diff` and `cat`: what is in a lake, now and before."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from karat.cli.lake_place import the_lake
from karat.cli.options import AsJson, Home, LakeUrl
from karat.cli.output import answer, short, size
from karat.cli.teaching import teaching

if TYPE_CHECKING:
    from karat.lake import Commit, ObjectInfo, Prefix

SIGNS = {
    "added": "[green]+[/]",
    "removed": "[red]-[/]",
    "changed": "~",
    "conflict": "[bold red]![/]",
}
RefOption = Annotated[
    str, typer.Option("--ref", metavar="REF", help="A branch, a tag or a full commit id.")
]


def ls(
    prefix: Annotated[str, typer.Argument(metavar="PREFIX", help="How paths begin.")] = "",
    *,
    ref: RefOption = "main",
    everything: Annotated[
        bool, typer.Option("--all", help="All files below, not one level of directories.")
    ] = False,
    lake: LakeUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List the files of a commit, one level below PREFIX.

    PREFIX is how paths begin, character by character: end it with / to look into a directory.
    """
    place = the_lake(lake, home, read_only=True)
    commit = place.resolve(ref)
    found = place.list(commit, prefix, delimiter=None if everything else "/")
    entries = [_entry(one) for one in found]

    def draw(console: Console) -> None:
        table = Table(box=None, pad_edge=False, show_header=False)
        for one in entries:
            how_large = size(one["size"]) if "size" in one else ""
            table.add_row(how_large, short(one.get("content_hash", "")), escape(one["path"]))
        console.print(table if entries else f"nothing at {escape(prefix or ref)!r}")

    answer({"commit": commit, "entries": entries}, draw, as_json=as_json)


def log(
    ref: Annotated[str, typer.Argument(metavar="REF", help="A branch, tag or commit.")] = "main",
    *,
    limit: Annotated[int, typer.Option("--limit", min=0, help="How many commits.")] = 20,
    first_parent: Annotated[
        bool, typer.Option("--first-parent", help="Only what was merged, not what it is made of.")
    ] = False,
    lake: LakeUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show the commits that led to REF, newest first."""
    place = the_lake(lake, home, read_only=True)
    commits = [_commit(one) for one in place.log(ref, limit=limit, first_parent=first_parent)]

    def draw(console: Console) -> None:
        for one in commits:
            facts = "".join(
                f"  [dim]{escape(k)}={escape(v)}[/]" for k, v in one["metadata"].items()
            )
            when, merge = one["created_at"], " [dim](merge)[/]" if len(one["parents"]) > 1 else ""
            console.print(f"{short(one['id'])}  {when}  {escape(one['message'])}{merge}{facts}")

    answer({"commits": commits}, draw, as_json=as_json)


def diff(
    left: Annotated[str, typer.Argument(metavar="LEFT", help="A branch, tag or commit.")],
    right: Annotated[str, typer.Argument(metavar="RIGHT", help="Another one.")] = "main",
    *,
    prefix: Annotated[str, typer.Option("--prefix", help="Only paths that begin so.")] = "",
    three_dot: Annotated[
        bool,
        typer.Option(
            "--three-dot", help="Only what RIGHT did since the two parted: what a merge brings."
        ),
    ] = False,
    lake: LakeUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show what must happen to LEFT to become RIGHT, file by file."""
    place = the_lake(lake, home, read_only=True)
    found = place.diff(left, right, prefix, mode="three-dot" if three_dot else "two-dot")
    changes = [
        {"path": c.path, "type": c.type, "left": _facts(c.left), "right": _facts(c.right)}
        for c in found
    ]

    def draw(console: Console) -> None:
        for one in changes:
            console.print(f"{SIGNS[str(one['type'])]} {escape(str(one['path']))}")
        console.print(f"[dim]{len(changes)} changed[/]" if changes else "no difference")

    answer({"changes": changes}, draw, as_json=as_json)


def cat(
    path: Annotated[str, typer.Argument(metavar="PATH", help="A file of the lake.")],
    *,
    ref: RefOption = "main",
    lake: LakeUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Write the bytes of one file to standard output; with --json, what is known of it.

    The bytes are checked against their digest as they are read: damage is exit 2, never silence.
    """
    place = the_lake(lake, home, read_only=True)
    commit = place.resolve(ref)
    if as_json:
        body = {"commit": commit, **(_facts(place.stat(commit, path)) or {})}
        answer(body, lambda _: None, as_json=True)
        return
    with place.open(commit, path) as stream:
        sys.stdout.flush()
        shutil.copyfileobj(stream, sys.stdout.buffer, 1 << 20)
        sys.stdout.buffer.flush()


def _entry(one: ObjectInfo | Prefix) -> dict[str, Any]:
    from karat.lake import ObjectInfo

    return _facts(one) or {} if isinstance(one, ObjectInfo) else {"path": one.path}


def _facts(info: ObjectInfo | None) -> dict[str, Any] | None:
    if info is None:
        return None
    facts = {"path": info.path, "size": info.size, "content_hash": info.content_hash}
    return {**facts, "content_type": info.content_type, "metadata": dict(info.metadata)}


def _commit(one: Commit) -> dict[str, Any]:
    when = dt.datetime.fromtimestamp(one.created_at_s, dt.UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    facts = {"id": one.id, "parents": list(one.parents), "tree_id": one.tree_id}
    return {**facts, "created_at": when, "message": one.message, "metadata": dict(one.metadata)}


COMMANDS = {
    "ls": (ls, teaching("karat lake ls", "karat lake ls raw/ --ref v1.0.0 --all --json")),
    "log": (log, teaching("karat lake log", "karat lake log ledger --limit 5 --json")),
    "diff": (
        diff,
        teaching("karat lake diff v1.0.0 main", "karat lake diff main wap-x --three-dot --json"),
    ),
    "cat": (
        cat,
        teaching("karat lake cat raw/a.parquet > a.parquet", "karat lake cat raw/a.parquet --json"),
    ),
}
