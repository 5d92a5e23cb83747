"""`karat waive`: let bytes without a PASS through the gate, on record, until a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from karat.cli.options import AsJson, ContractFile, Home, LakeUrl
from karat.cli.output import answer, coloured, short
from karat.cli.teaching import teaching
from karat.cli.user import user_name
from karat.cli.workplace import Workplace, workplace
from karat.errors import InputError

if TYPE_CHECKING:
    from karat.verdicts import Standing, Verdict, Waiver

NAME = "waive"
EPILOG = teaching(
    "karat waive binance-spot-btcusdt/2024-08-08 --reason 'vendor outage' --until 2024-09-01",
    "karat waive binance-spot-btcusdt/2024-08-08 --withdraw --reason 'restated'",
    "karat waive --list --json",
)


def command(
    partition: Annotated[
        str | None,
        typer.Argument(metavar="PARTITION", help="Such as binance-spot-btcusdt/2024-08-08."),
    ] = None,
    *,
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="The last day it holds, UTC: YYYY-MM-DD.")
    ] = None,
    critical: Annotated[
        bool, typer.Option("--critical", help="Even though an invariant fails.")
    ] = False,
    who: Annotated[
        str | None, typer.Option(help="Who answers for it. Default: the user's name.")
    ] = None,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="End the waivers of PARTITION now.")
    ] = False,
    listing: Annotated[bool, typer.Option("--list", help="List all waivers.")] = False,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Let the newest bytes of a partition through the gate although they have no PASS.

    For these bytes only, until the end of a day, in your name and for a reason, signed. The
    outcome stays what it is, and every report shows the waiver. Where an invariant fails, it
    takes --critical.
    """
    place = workplace(lake, contract, home)
    if listing:
        _list(place, as_json=as_json)
    elif partition is None or reason is None:
        raise InputError("name a partition and a --reason, or --list")
    elif withdraw:
        _withdraw(place, partition, who or user_name(), reason, as_json=as_json)
    elif until is None:
        raise InputError("say --until which day the waiver holds")
    else:
        given = {"who": who or user_name(), "reason": reason, "until": until, "critical": critical}
        _waive(place, partition, given, as_json=as_json)


def _waive(place: Workplace, name: str, given: dict[str, Any], *, as_json: bool) -> None:
    from karat.flow import waive
    from karat.lake.layout import Partition
    from karat.verdicts import against

    partition = Partition.parse(name)
    waiver, verdict = waive(place.lake, place.contract, partition, store=place.store, **given)
    still = against(waiver, verdict)
    body = {
        "partition": name,
        "content": waiver.content,
        "outcome": str(verdict.outcome),
        "waiver": waiver.plain(),
        "admits": not still,
    }
    answer(body, lambda console: _draw(console, waiver, verdict, still), as_json=as_json)


def _draw(console: Console, waiver: Waiver, verdict: Verdict, still: str) -> None:
    outcome = coloured(str(verdict.outcome))
    told = escape(str(waiver))
    console.print(f"{waiver.partition}  {outcome} {told}", soft_wrap=True)
    if still:
        console.print(f"[bold red]it admits nothing yet:[/] {escape(still)}", soft_wrap=True)
    else:
        console.print("[dim]next: karat publish[/]")


def _withdraw(place: Workplace, name: str, who: str, reason: str, *, as_json: bool) -> None:
    from karat.flow import withdraw
    from karat.lake.layout import Partition

    partition = Partition.parse(name)
    ended = withdraw(place.lake, place.contract, partition, who=who, reason=reason)
    body = {"partition": name, "withdrawn": [waiver.plain() for waiver in ended]}

    def draw(console: Console) -> None:
        for waiver in ended:
            console.print(f"{name}  withdrawn: {escape(str(waiver))}", soft_wrap=True)

    answer(body, draw, as_json=as_json)


def _list(place: Workplace, *, as_json: bool) -> None:
    from karat.flow import waivers

    found = waivers(place.lake)
    rows = [_plain(one) for one in found]

    def draw(console: Console) -> None:
        for one in found:
            state = escape(one.against) if one.against else "[yellow]in force[/]"
            content, told = short(one.waiver.content), escape(str(one.waiver))
            console.print(f"{one.waiver.partition} {content}  {state}  {told}", soft_wrap=True)
        if not found:
            console.print("no waivers")

    answer({"waivers": rows}, draw, as_json=as_json)


def _plain(one: Standing) -> dict[str, Any]:
    where = {"partition": one.waiver.partition, "content": one.waiver.content}
    return where | one.waiver.plain() | {"in_force": not one.against, "against": one.against}
