"""The options that commands share, so that one name means one thing everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

JSON = "karat.json"
PLACE = "Where things are"


def _remember(context: typer.Context, *, wanted: bool) -> bool:
    context.meta[JSON] = wanted
    return wanted


def _json(context: typer.Context, value: bool) -> bool:
    return _remember(context, wanted=value)


AsJson = Annotated[
    bool,
    typer.Option(
        "--json",
        callback=_json,
        is_eager=True,
        help="Print one JSON document on standard output, and nothing else there.",
    ),
]
LakeUrl = Annotated[
    str | None,
    typer.Option(
        "--lake",
        metavar="URL",
        rich_help_panel=PLACE,
        help="The lake: a directory or file:///path. Default: KARAT_LAKE, else lake/ in the home.",
    ),
]
ContractFile = Annotated[
    Path | None,
    typer.Option(
        "--contract",
        metavar="FILE",
        rich_help_panel=PLACE,
        help="The contract (YAML). Default: KARAT_CONTRACT, else the one that comes with karat.",
    ),
]
Home = Annotated[
    Path | None,
    typer.Option(
        "--home",
        metavar="DIR",
        rich_help_panel=PLACE,
        help="Where lake, store and dagster/ lie. Default: KARAT_HOME, else .karat/.",
    ),
]
Partitions = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PARTITION",
        show_default=False,
        help="Such as binance-spot-btcusdt/2024-08-08; all when none is named.",
    ),
]
