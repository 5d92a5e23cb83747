"""`karat reproduce`: the verdicts on record made again, from the lake alone, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from karat.cli.bar import bar
from karat.cli.exits import Exit
from karat.cli.options import AsJson, ContractFile, Home, LakeUrl, Partitions
from karat.cli.output import answer
from karat.cli.teaching import teaching
from karat.cli.workers import Apart, AtOnce, GivesWay, compute_of
from karat.cli.workplace import parsed, workplace

if TYPE_CHECKING:
    from karat.flow.reproducing import Reproduced

NAME = "reproduce"
EPILOG = teaching(
    "karat reproduce",
    "karat reproduce binance-spot-btcusdt/2024-08-08 --threads 4",
    done="every verdict came out with the bytes that are on record",
    fail="one came out otherwise, or none of its name is on record",
    inconclusive="nothing was there to judge again",
)


def command(
    partitions: Partitions = None,
    *,
    ref: Annotated[str, typer.Option(help="Branch, tag or commit to judge again.")] = "main",
    threads: AtOnce = None,
    processes: Apart = None,
    gives_way: GivesWay = False,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Judge again with nothing remembered, and hold the result against the ledger.

    No state, no verdict and no digest of a column is taken from a cache: everything is computed
    from the lake's bytes, which are verified as they are read. Nothing is recorded.
    """
    place = workplace(lake, contract, home)
    with bar() as progress:
        from karat.flow.reproducing import reproduce

        how = compute_of(threads, processes, gives_way=gives_way)
        wanted = parsed(partitions)
        found = reproduce(place.lake, place.contract, ref, wanted, compute=how, progress=progress)
    good = bool(found) and all(one.same for one in found)
    body = {
        "same": good,
        "verdicts": {
            str(one.partition): {
                "key": one.again.key,
                "outcome": str(one.again.outcome),
                "recorded": one.recorded is not None,
                "same": one.same,
            }
            for one in found
        },
    }
    code = Exit.DONE if good else Exit.FAIL if found else Exit.INCONCLUSIVE
    answer(body, lambda console: _draw(console, found), as_json=as_json, code=code)


def _draw(console: Console, found: list[Reproduced]) -> None:
    for one in found:
        told = "[green]the same bytes[/]" if one.same else "[red]other bytes than on record[/]"
        if one.recorded is None:
            told = "[yellow]no verdict of this name is on record[/]"
        console.print(f"{one.partition}  {one.again.outcome}  {one.again.key[:12]}  {told}")
    same = sum(one.same for one in found)
    console.print(f"{same} of {len(found)} verdicts made again, byte for byte")
