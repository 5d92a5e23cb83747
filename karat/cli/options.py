"""The options that commands share, so that one name means one thing everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karat.errors import InputError

if TYPE_CHECKING:
    from karat.flow.budgets import Budget
    from karat.verdicts.level import Lesser

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
        help="The lake: a directory, file:///path or lakefs://host/repository. Default: "
        "KARAT_LAKE, else lake/ in the home.",
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
Level = Annotated[
    str | None,
    typer.Option(
        "--level",
        metavar="L2|L3",
        help="Less, and sooner: L2 judges distances on a sample, L3 rows only. Admits nothing.",
    ),
]
Spend = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="30s",
        help="What may be spent, as 30s, 2m or 500MB: the best level that fits is chosen.",
    ),
]


def level_in(text: str | None) -> Lesser | None:
    """Return the lesser level that an option names, None for the contract's own; InputError."""
    from karat.verdicts.level import LESSER

    known = {level.lower(): level for level in LESSER}
    if text is None or text.lower() in ("l0", "l1"):
        return None
    if text.lower() not in known:
        raise InputError(f"level {text!r}: write L2 or L3, or leave it out for what admits")
    return known[text.lower()]


def parsed_budget(text: str | None) -> Budget | None:
    """Return the budget that an option says, None for none; InputError."""
    from karat.flow.budgets import Budget

    return None if text is None else Budget.parse(text)
