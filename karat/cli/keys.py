"""`karat keys`: who signs here, whose signatures are believed, and whose no more."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from karat.cli.group import Commands
from karat.cli.options import AsJson, Home, LakeUrl
from karat.cli.output import answer
from karat.cli.settings import absolute
from karat.cli.teaching import flowing, teaching
from karat.cli.workplace import workplace
from karat.errors import InputError, UntrustedError

if TYPE_CHECKING:
    from karat.signing import KeyFiles, Trust

SHOWN = 16
Reason = Annotated[str, typer.Option("--reason", help="Why; it is shown with every refusal.")]


def show(*, home: Home = None, as_json: AsJson = False) -> None:
    """Show the keys that are known: which signs here, which are believed, which are revoked."""
    files = _files(home)
    _tell(files, files.known(), as_json=as_json)


def new(*, home: Home = None, as_json: AsJson = False) -> None:
    """Make a new key, which signs from now on.

    What the old key signed stays believed, and nobody can sign with it any more. Others who read
    what is signed here must trust the new key too: give them the trust root, never the key.
    """
    files = _files(home)
    files.rotate()
    _tell(files, files.known(), as_json=as_json)


def revoke(
    key: Annotated[str, typer.Argument(metavar="KEYID", help="How its id begins.")],
    *,
    reason: Reason,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Believe nothing more that a key signed, as when it got into other hands.

    Its builds, verdicts, adoptions and datasets count as not there: rebuild, validate and cut
    again. States are kept, so that no data is computed twice. It cannot be undone.
    """
    files = _files(home)
    _tell(files, files.revoke(key, reason), as_json=as_json)


def trust(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A trust root, or a public key.")],
    *,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Believe what others sign: FILE is their trust.json, or their public key as PEM.

    Get it from themselves: whoever gives it can have anything admitted here.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from error
    files = _files(home)
    _tell(files, files.add(data, str(file)), as_json=as_json)


def accept(*, lake: LakeUrl = None, home: Home = None, as_json: AsJson = False) -> None:
    """Take the ledger as it is for the one that stands, as after putting back a backup.

    What was seen of it before is forgotten; its order and signatures are checked as ever.
    """
    from karat.verdicts import Ledger

    place = workplace(lake, None, home)
    place.key_files.forget(absolute(place.lake_url))
    history = Ledger(place.lake, whole=True).history
    body = {"entries": len(history.entries), "records": len(history.records)}

    def draw(console: Console) -> None:
        console.print(f"accepted: {body['records']} records in {body['entries']} entries")

    answer(body, draw, as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Add `karat keys` and its commands to `app`."""
    keys = typer.Typer(
        cls=Commands,
        no_args_is_help=True,
        rich_markup_mode="rich",
        help="Show, make, revoke and trust the keys that records are signed with.",
    )
    for command, example in (
        (show, "karat keys show --json"),
        (new, "karat keys new"),
        (revoke, "karat keys revoke 3f2a --reason 'a laptop was stolen'"),
        (trust, "karat keys trust their-trust.json"),
        (accept, "karat keys accept"),
    ):
        keys.command(help=flowing(command.__doc__), epilog=teaching(example))(command)
    app.add_typer(keys, name="keys")


def _files(home: Path | None) -> KeyFiles:
    return workplace(None, None, home).key_files


def _tell(files: KeyFiles, trust: Trust, *, as_json: bool) -> None:
    try:
        signs: str | None = files.signer().key_id
    except UntrustedError:
        signs = None
    body: dict[str, Any] = {
        "signs": signs,
        "signing_key": str(files.signing_key),
        "trust": str(files.trust_root),
        "keys": [{"id": key, "revoked": trust.revoked.get(key)} for key in trust.keys],
    }
    answer(body, lambda console: _draw(console, body), as_json=as_json)


def _draw(console: Console, body: dict[str, Any]) -> None:
    for key in body["keys"]:
        state = "[green]believed[/]" if key["revoked"] is None else "[bold red]revoked[/]"
        more = "signs here" if key["id"] == body["signs"] else escape(key["revoked"] or "")
        console.print(f"{key['id'][:SHOWN]}  {state}  {more}".rstrip())
    if body["signs"] is None:
        console.print("there is no signing key: nothing can be recorded here")
    elif body["signs"] not in [key["id"] for key in body["keys"] if key["revoked"] is None]:
        console.print("the signing key is not believed any more: run karat keys new")
    console.print(f"[dim]trust root: {escape(body['trust'])}[/]", soft_wrap=True)
