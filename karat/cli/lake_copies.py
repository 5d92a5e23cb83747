"""`karat lake init`, `backup`, `restore` and `mirror`: lakes made, and made again elsewhere."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from karat.cli.bar import bar
from karat.cli.lake_place import the_lake
from karat.cli.options import AsJson, Home, LakeUrl
from karat.cli.output import answer, short, size
from karat.cli.server_key import access_to
from karat.cli.settings import absolute
from karat.cli.teaching import teaching
from karat.cli.workplace import workplace
from karat.errors import InputError

if TYPE_CHECKING:
    from karat.lake.copies import Copied

To = Annotated[Path, typer.Argument(metavar="TO", help="A directory that is not there yet.")]


def init(*, lake: LakeUrl = None, home: Home = None, as_json: AsJson = False) -> None:
    """Make a lake, and a key to sign its ledger with; one that is there is left as it is."""
    place = workplace(lake, None, home, create=True)
    body = {"lake": place.url, "main": place.lake.head("main")}
    answer(
        body,
        lambda c: c.print(f"{escape(body['lake'])}: main is at {short(body['main'])}"),
        as_json=as_json,
    )


def backup(
    to: To,
    *,
    link: Annotated[
        bool,
        typer.Option("--link", help="Second names on the same disk: quick, no help if it breaks."),
    ] = False,
    lake: LakeUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Copy the lake, as of one moment, while it is in use; every byte is verified.

    TO appears when all is on the disk. A backup is a lake: look into it with --lake TO. Keys are
    not in it: they lie in the home. After restoring, run karat keys accept.
    """
    from karat.lake.copies import backup as copy

    place = the_lake(lake, home)
    with bar() as progress:
        done = copy(place, to, link=link, progress=progress)
    _tell(done, to, as_json=as_json)


def restore(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="A backup.")],
    to: To,
    *,
    as_json: AsJson = False,
) -> None:
    """Make the lake again that was backed up to FROM; nothing is ever overwritten."""
    from karat.lake.copies import restore as copy

    with bar() as progress:
        done = copy(source, to, progress=progress)
    _tell(done, to, as_json=as_json)


def mirror(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="A lake; made when missing.")],
    *,
    lake: LakeUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Copy commits, branches, tags and the ledger to another lake, verified file by file.

    It can be stopped and run again, and brings only what is new. Commits of the mirror have ids
    of their own, and say mirror-of which they are copies.
    """
    from karat.lake import open_lake
    from karat.lake.mirroring import mirror as copy

    source = the_lake(lake, home, read_only=True)
    if target.startswith("memory:"):
        raise InputError(f"{target} would be gone with this command: name a directory")
    with bar() as progress:
        there = absolute(target)
        done = copy(source, open_lake(there, access=access_to(there)), progress=progress)
    body = {"target": target, **asdict(done)}
    told = f"{done.commits} commits, {done.files} files ({size(done.file_bytes)}) copied, "
    told += f"{done.known} commits were there; {done.refs} refs compared file by file"
    answer(body, lambda c: c.print(told), as_json=as_json)


def _tell(done: Copied, to: Path, *, as_json: bool) -> None:
    body = {"to": str(to), **asdict(done)}
    told = f"{escape(str(to))}: main is at {short(done.main)}; {done.refs} refs, {done.blobs} blobs"
    told += f" ({size(done.blob_bytes)}), all verified"
    answer(body, lambda c: c.print(told), as_json=as_json)


COMMANDS: dict[str, tuple[Any, str]] = {
    "init": (init, teaching("karat lake init", "karat lake init --lake /data/lake --json")),
    "backup": (backup, teaching("karat lake backup /backups/monday --json")),
    "restore": (restore, teaching("karat lake restore /backups/monday /data/lake --json")),
    "mirror": (mirror, teaching("karat lake mirror /data/second --json")),
}
