"""`karat alarm`: whether days are further from golden more often than chance allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from karat.cli.bar import bar
from karat.cli.exits import Exit
from karat.cli.options import AsJson, ContractFile, Home, LakeUrl
from karat.cli.output import answer
from karat.cli.teaching import teaching
from karat.cli.workplace import workplace

if TYPE_CHECKING:
    from karat.flow.watching import Watched
    from karat.lake.layout import Partition
    from karat.verdicts import Verdict

NAME = "alarm"
SHOWN = 12
EPILOG = teaching(
    "karat alarm",
    "karat alarm --level 1000 --json",
    done="no instrument has given the alarm",
    fail="an instrument has: its days are above q more often than golden days may be",
)


def command(
    *,
    level: Annotated[
        int, typer.Option(min=1, help="Days between two false alarms, on average, at least.")
    ] = 500,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Watch the scores of all judged days over time, with an alarm that may be watched for ever.

    A single day above q is expected now and then. The alarm collects evidence day by day: where
    nothing is wrong it comes once in LEVEL days or less often, however often one looks. It gates
    nothing; days that are golden themselves take no part.
    """
    place = workplace(lake, contract, home)
    with bar() as progress:
        from karat.flow import newest_refs, validate
        from karat.flow.watching import watched
        from karat.lake.layout import MAIN
        from karat.verdicts import current_golden

        verdicts: dict[Partition, Verdict] = {}
        refs = newest_refs(place.lake, place.contract, None, store=place.store)
        for ref, partitions in refs.items():
            done = validate(
                place.lake, place.contract, ref, partitions, store=place.store, progress=progress
            )
            verdicts |= done.verdicts
        golden = current_golden(place.lake, place.lake.head(MAIN), place.contract.dataset)
        found = watched(place.contract, golden, verdicts, level)
    rung = any(one.alarm.index is not None for one in found)
    body = {"alarm": rung, "instruments": [one.plain() for one in found]}
    code = Exit.FAIL if rung else Exit.DONE
    answer(body, lambda console: _draw(console, found), as_json=as_json, code=code)


def _draw(console: Console, found: list[Watched]) -> None:
    if not found:
        console.print("no day beside the golden ones was judged by a score yet")
    for one in found:
        table = Table("day", "above q", "evidence", box=None, header_style="dim")
        for (day, exceeded), value in list(zip(one.days, one.alarm.path, strict=True))[-SHOWN:]:
            table.add_row(day, "[red]yes[/]" if exceeded else "no", f"{value:.3g}")
        console.print(table)
        above = sum(exceeded for _, exceeded in one.days)
        told = f"{one.instrument}: {above} of {len(one.days)} days above q, "
        told += f"{float(one.bound):.3g} of days may be; evidence {one.alarm.value:.3g}"
        alarmed = one.alarm.partition
        state = f"[red]ALARM[/] since {alarmed}" if alarmed else "[green]no alarm[/]"
        console.print(f"{told} of {one.level}: {state}\n")
