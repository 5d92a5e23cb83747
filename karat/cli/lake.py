"""`karat lake`: the lake itself, below the flow: what is in it, its health, and its copies."""

from __future__ import annotations

import typer

from karat.cli import lake_care, lake_copies, lake_look, lake_refs
from karat.cli.group import Commands
from karat.cli.teaching import flowing

ORDER = "init ls log diff branch merge tag cat gc fsck backup restore mirror"
HELP = "Look into the lake, keep it well, back it up and mirror it."


def add_to(app: typer.Typer) -> None:
    """Add the group of commands to `app`."""
    group = typer.Typer(
        cls=Commands, no_args_is_help=True, rich_markup_mode="rich", help=HELP
    )  # fmt: skip
    commands = {
        **lake_copies.COMMANDS,
        **lake_look.COMMANDS,
        **lake_refs.COMMANDS,
        **lake_care.COMMANDS,
    }
    for name in ORDER.split():
        command, epilog = commands[name]
        group.command(name, help=flowing(command.__doc__), epilog=epilog)(command)
    app.add_typer(group, name="lake")
