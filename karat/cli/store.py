"""`karat store`: the store of computed states, seen, checked, made smaller and shared."""

from __future__ import annotations

import typer

from karat.cli.group import Commands
from karat.cli.store_look import stats, verify
from karat.cli.store_prune import prune
from karat.cli.store_share import share
from karat.cli.teaching import flowing, teaching

HELP = "Look into the store of computed states, check it, make it smaller, and share it."
COMMANDS = (
    (stats, teaching("karat store stats", "karat store stats --json")),
    (verify, teaching("karat store verify", "karat store verify --json", fail="damaged")),
    (prune, teaching("karat store prune --to 2GB", "karat store prune --older-than 30d --json")),
    (share, teaching("karat store share", "karat store share --lake /shared/lake")),
)


def add_to(app: typer.Typer) -> None:
    """Add `karat store` and its commands to `app`."""
    group = typer.Typer(
        cls=Commands, no_args_is_help=True, rich_markup_mode="rich", help=HELP
    )  # fmt: skip
    for command, epilog in COMMANDS:
        group.command(help=flowing(command.__doc__), epilog=epilog)(command)
    app.add_typer(group, name="store")
