"""`karat profile`: what golden days themselves suggest as a contract."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from karat.cli.bar import bar
from karat.cli.options import AsJson
from karat.cli.output import answer
from karat.cli.teaching import teaching
from karat.errors import InputError

NAME = "profile"
EPILOG = teaching(
    "karat profile golden-days > contract.yaml",
    "karat profile events.parquet --dataset trades",
)


def command(
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="A folder of golden days, one file each.")
    ],
    *,
    dataset: Annotated[str, typer.Option(help="What the days are called.")] = "events",
    as_json: AsJson = False,
) -> None:
    """Print a commented contract that golden days suggest: read it, change it, keep it.

    It has the columns' types, their signs and order as gates, how far values went as warnings, and
    distances. With three days or more and a column of ns, each distance has a tolerance: 1.5 times
    the largest distance of one golden day from the others.
    """
    from karat.contracts import parse_contract
    from karat.contracts.drafting import drafted
    from karat.flow.profiling import profile, with_tolerances

    with bar() as progress:
        draft = profile(parquet_files(data), dataset, progress)
        if data.is_dir():
            draft = with_tolerances(draft, data, progress)
    text = drafted(draft)
    parse_contract(text, "the draft")

    def draw(_: Console) -> None:
        sys.stdout.write(text)

    answer({"contract": text}, draw, as_json=as_json)


def parquet_files(data: Path) -> list[Path]:
    """Return the file, or the Parquet files of the folder, in order; InputError for none."""
    files = sorted(data.glob("*.parquet")) if data.is_dir() else [data]
    if not files:
        raise InputError(f"{data}: no Parquet files here: one file a day, called by its day")
    return files
