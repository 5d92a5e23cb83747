"""`karat gate`: the gate where people merge, on lakeFS or beside an embedded lake."""

from __future__ import annotations

import typer

from karat.cli import gate_install, gate_propose, gate_serve
from karat.cli.group import Commands
from karat.cli.teaching import flowing

HELP = "Have merges into main asked about, where people merge: lakeFS's pre-merge hook."


def add_to(app: typer.Typer) -> None:
    """Add the group of commands to `app`."""
    group = typer.Typer(cls=Commands, no_args_is_help=True, rich_markup_mode="rich", help=HELP)
    for one in (gate_serve, gate_install, gate_propose):
        group.command(one.NAME, help=flowing(one.command.__doc__), epilog=one.EPILOG)(one.command)
    app.add_typer(group, name="gate")
