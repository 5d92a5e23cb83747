"""`karat lake branch`, `tag` and `merge`: names of commits, and work brought together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from karat.cli.lake_place import the_lake
from karat.cli.options import AsJson, Home, LakeUrl
from karat.cli.output import answer, short
from karat.cli.teaching import teaching
from karat.errors import GateRefused, InputError

if TYPE_CHECKING:
    from karat.lake import Lake, Ref

DATASETS = "dataset-"
Name = Annotated[
    str | None, typer.Argument(metavar="NAME", show_default=False, help="All are listed without.")
]


def branch(
    name: Name = None,
    *,
    source: Annotated[str, typer.Option("--from", metavar="REF", help="Where it starts.")] = "main",
    delete: Annotated[
        bool, typer.Option("--delete", help="Forget the name, not the commits.")
    ] = False,
    lake: LakeUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List branches, start one at a commit, or forget one.

    main and ledger cannot be forgotten: they move by merges alone.
    """
    place = the_lake(lake, home, read_only=name is None)
    if name is not None and delete:
        place.delete_branch(name)
    elif name is not None:
        place.create_branch(name, source)
    elif delete:
        raise InputError("--delete forgets one branch: name it")
    _tell("branches", list(place.branches()), as_json=as_json)


def tag(
    name: Name = None,
    ref: Annotated[str, typer.Argument(metavar="REF", help="What to name.")] = "main",
    *,
    lake: LakeUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List tags, or name a commit for ever: a tag never moves and never goes.

    Tags of training datasets are made by karat dataset cut alone.
    """
    place = the_lake(lake, home, read_only=name is None)
    if name is not None and name.startswith(DATASETS):
        raise InputError(f"tag {name!r} would name a training dataset: run karat dataset cut")
    if name is not None:
        place.create_tag(name, ref)
    _tell("tags", list(place.tags()), as_json=as_json)


def merge(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A branch, tag or commit.")],
    *,
    into: Annotated[
        str, typer.Option("--into", metavar="BRANCH", help="What it goes into.")
    ] = "main",
    message: Annotated[str, typer.Option("--message", "-m", help="Why.")] = "",
    lake: LakeUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Bring what SOURCE did into a branch, as one commit; all or nothing, never inside a file.

    This does not pass the gate. So partitions of datasets, and what karat keeps of them, are
    refused on main: karat publish brings those, with a PASS. Captures (raw/, golden/) and files
    of your own go in. Nothing is merged into the ledger by hand.
    """
    place = the_lake(lake, home)
    commit, head = place.resolve(source), place.head(into)
    _refuse_gated(place, commit, into)
    made = place.merge(commit, into, message=message or f"Merge {source}", expected_head=head)
    body = {"commit": made, "into": into, "parents": list(place.commit_info(made).parents)}
    answer(body, lambda c: c.print(f"{escape(into)} is at {short(made)}"), as_json=as_json)


def _refuse_gated(lake: Lake, source: str, into: str) -> None:
    """Raise GateRefused for what only the gate lets through."""
    from karat.lake.layout import LEDGER, MAIN

    if into == LEDGER:
        raise GateRefused("the ledger is written by rebuild, validate and publish alone")
    if into != MAIN:
        return
    changes = lake.diff(MAIN, source, mode="three-dot")
    gated = {change.path: "FAIL not judged" for change in changes if _is_gated(change.path)}
    if gated:
        shown = ", ".join(list(gated)[:5])
        raise GateRefused(f"{shown}: only karat publish brings these into main, with a PASS", gated)


def _is_gated(path: str) -> bool:
    from karat.lake.layout import GOLDEN, GOLDEN_TRADES, RAW, parse_dataset_path

    found = parse_dataset_path(path)
    if found is not None:
        return found[0] not in {RAW, GOLDEN, GOLDEN_TRADES}
    return path.startswith(("_karat/", "datasets/"))


def _tell(what: str, refs: list[Ref], *, as_json: bool) -> None:
    body: dict[str, Any] = {what: [{"name": ref.name, "commit": ref.commit} for ref in refs]}

    def draw(console: Console) -> None:
        for ref in refs:
            console.print(f"{short(ref.commit)}  {escape(ref.name)}")
        if not refs:
            console.print(f"no {what}")

    answer(body, draw, as_json=as_json)


COMMANDS = {
    "branch": (
        branch,
        teaching(
            "karat lake branch --json",
            "karat lake branch work --from v1.0.0",
            "karat lake branch work --delete",
        ),
    ),
    "merge": (
        merge,
        teaching(
            "karat lake merge notes -m 'Say why' --json", fail="refused: karat publish is the way"
        ),
    ),
    "tag": (tag, teaching("karat lake tag --json", "karat lake tag before-the-move main")),
}
