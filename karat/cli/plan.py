"""`karat plan`: what judging would read, compute and take, before any of it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from karat.cli import plan_table
from karat.cli.options import (
    AsJson,
    ContractFile,
    Home,
    LakeUrl,
    Level,
    Partitions,
    Spend,
    level_in,
    parsed_budget,
)
from karat.cli.output import answer
from karat.cli.teaching import teaching
from karat.cli.workplace import parsed, workplace
from karat.errors import InputError

if TYPE_CHECKING:
    from karat.flow.choosing import Plan

NAME = "plan"
EPILOG = teaching(
    "karat plan",
    "karat plan --budget 30s",
    "karat plan binance-spot-btcusdt/2024-08-08 --level L2 --json",
    done="planned: nothing was run, and no column of data was read",
)


def command(
    partitions: Partitions = None,
    *,
    ref: Annotated[
        str | None,
        typer.Option(help="Plan what this branch, tag or commit holds, not the newest bytes."),
    ] = None,
    level: Level = None,
    budget: Spend = None,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show what `karat validate` would do: verdicts known, states to compute, bytes and seconds.

    Where copies of the day before are looked for, the day after a partition is judged too, and
    counted. Also how large a day must be for its distances to be shown within their tolerances.
    Reads names and footers only; the one thing written is how fast this machine is, measured the
    first time.
    """
    from karat.flow.choosing import Choice, fitting, plan
    from karat.flow.unread import unread_refs

    place = workplace(lake, contract, home)
    wanted, most = parsed(partitions), level_in(level)
    spend = parsed_budget(budget)
    if ref is None:
        refs = unread_refs(place.lake, place.contract, wanted, store=place.store)
        planned = {partition for held in refs.values() for partition in held}
        if lacking := [str(one) for one in wanted or [] if one not in planned]:
            raise InputError(f"{', '.join(lacking)}: not rebuilt: run karat rebuild first")
    else:
        refs = {ref: wanted}  # type: ignore[dict-item] # None: all that are there
    plans: list[Plan] = []
    choices: list[Choice] = []
    for at, held in refs.items():
        here, rule = place.lake, place.contract
        first = plan(here, rule, at, held, store=place.store, level=most)
        if spend is not None:
            asked = [part.partition for part in first.parts]
            choices.append(fitting(here, rule, at, asked, spend, store=place.store, most=most))
            first = plan(here, rule, at, held, store=place.store, level=choices[-1].level)
        plans.append(first)
    body = plan_table.plain(plans, [choice.words for choice in choices])
    answer(body, lambda console: plan_table.draw(console, body), as_json=as_json)
