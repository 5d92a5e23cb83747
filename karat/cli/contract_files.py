"""The option that names contracts, for commands that work on several datasets at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karat.cli.options import PLACE

if TYPE_CHECKING:
    from karat.cli.workplace import Workplace
    from karat.contracts import Contract

ContractFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--contract",
        metavar="FILE",
        rich_help_panel=PLACE,
        help="A contract (YAML); once for each dataset that is gated. Default: KARAT_CONTRACT, "
        "else the one that comes with karat.",
    ),
]


def contracts_in(place: Workplace, files: list[Path] | None) -> list[Contract]:
    """Return the contracts in `files`, or the workplace's own; errors as `karat.load_contract`."""
    from karat.contracts import load_contract

    return [load_contract(file) for file in files] if files else [place.contract]
