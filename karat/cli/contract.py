"""`karat contract`: whether a contract can be used, and what one may say."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from karat.cli.group import Commands
from karat.cli.options import AsJson
from karat.cli.output import answer, short
from karat.cli.teaching import flowing, teaching

FILE = typer.Argument(metavar="FILE", help="The contract (YAML).")


def check(file: Annotated[Path, FILE], *, as_json: AsJson = False) -> None:
    """Read a contract and say what it rules; nothing else is opened.

    An error names file and line, and the nearest name that is known. Two files with the same
    digest rule the same, however they are written.
    """
    from karat.contracts import load_contract

    contract = load_contract(file)
    roles = {family: contract.families[family] for family in contract.ruled()}
    body = {
        "file": str(file),
        "dataset": contract.dataset,
        "first_day": str(contract.first_day),
        "digest": contract.digest,
        "columns": len(contract.columns),
        "families": roles,
    }

    def draw(console: Console) -> None:
        told = ", ".join(f"{family} {role}s" for family, role in roles.items())
        rules = f"{len(contract.columns)} columns, {told}"
        console.print(f"{escape(str(file))} rules {contract.dataset}: {rules}")
        console.print(f"digest {short(contract.digest)}")

    answer(body, draw, as_json=as_json)


def schema() -> None:
    """Print the JSON Schema of contracts, for editors that check YAML while it is written."""
    from karat.contracts.json_schema import schema_text

    sys.stdout.write(schema_text())


EPILOGS: dict[Any, str] = {
    check: teaching(
        "karat contract check contracts/book_events.yaml",
        broken="the contract cannot be used; each line names file, line and remedy",
    ),
    schema: teaching("karat contract schema > contract.schema.json"),
}


def add_to(app: typer.Typer) -> None:
    """Add `karat contract` to the commands."""
    group = typer.Typer(
        cls=Commands,
        no_args_is_help=True,
        rich_markup_mode="rich",
        help="Check contracts, and say what one may hold.",
    )
    for command, epilog in EPILOGS.items():
        group.command(command.__name__, help=flowing(command.__doc__), epilog=epilog)(command)
    app.add_typer(group, name="contract")
