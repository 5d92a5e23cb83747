"""`karat golden`: which days are golden, what they promise, and who adopted them."""

from __future__ import annotations

from typing import Any

import typer

from karat.cli import (
    golden_adopt,
    golden_build,
    golden_diff,
    golden_ls,
    golden_report,
    golden_show,
)
from karat.cli.group import Commands
from karat.cli.teaching import flowing

HELP = "Build, compare, adopt and look at golden days, which partitions are judged by."


def add_to(app: typer.Typer) -> None:
    """Add the group of commands to `app`."""
    group = typer.Typer(
        cls=Commands, no_args_is_help=True, rich_markup_mode="rich", help=HELP
    )  # fmt: skip
    modules: tuple[Any, ...] = (
        golden_build,
        golden_diff,
        golden_adopt,
        golden_ls,
        golden_show,
        golden_report,
    )
    for module in modules:
        text = flowing(module.command.__doc__)
        group.command(module.NAME, help=text, epilog=module.EPILOG)(module.command)
    app.add_typer(group, name="golden")
