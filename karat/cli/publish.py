"""`karat publish`: what is proved goes to main, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from karat.cli.bar import bar
from karat.cli.exits import exit_of_reasons
from karat.cli.incidents import telling
from karat.cli.options import AsJson, ContractFile, Home, LakeUrl, Partitions
from karat.cli.output import answer, short
from karat.cli.teaching import teaching
from karat.cli.validate import NOT_REBUILT, ingested
from karat.cli.workplace import Workplace, parsed, workplace

if TYPE_CHECKING:
    from karat.lake.layout import Partition
    from karat.telemetry import Progress
    from karat.verdicts import Waiver

NAME = "publish"
EPILOG = teaching(
    "karat publish",
    "karat publish binance-spot-btcusdt/2024-08-08",
    done="everything asked for is published, or was already",
    fail="a partition was refused; what the gate admitted is published",
    inconclusive="as 1, and all that was refused is INCONCLUSIVE",
)


def command(
    partitions: Partitions = None,
    *,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Publish partitions that have a PASS: from their audit branches to main, in few merges.

    The gate fails closed: the bytes must be those that the newest raw capture gave, with a PASS
    under the present contract and golden. Days that carry a book over go together or not at all.
    What failed stays on its audit branch, with a tag, refused-BRANCH-COMMIT. A day that was judged
    beside another day before it than main has is judged again beside that.
    """
    from karat.flow import published_root

    place = workplace(lake, contract, home)
    dataset = place.contract.dataset
    before = published_root(place.lake, dataset)
    with bar() as progress:
        published, waived, refused = _publish(place, parsed(partitions), progress)
    body: dict[str, Any] = {
        "published": [str(p) for p in published],
        "waived": {str(p): waiver.plain() for p, waiver in waived.items()},
        "refused": {str(p): why for p, why in refused.items()},
        "root_before": before,
        "root_after": published_root(place.lake, dataset),
    }
    with telling(place):
        answer(
            body,
            lambda console: _draw(console, body),
            as_json=as_json,
            code=exit_of_reasons([*refused.values()]),
        )


def _publish(
    place: Workplace, wanted: list[Partition] | None, progress: Progress
) -> tuple[list[Partition], dict[Partition, Waiver], dict[Partition, str]]:
    """Publish all audit branches; return what was, what of it by a waiver, what not and why."""
    from karat.flow import newest_refs, publish_together
    from karat.flow.beside import judge_beside
    from karat.lake.layout import MAIN

    found = newest_refs(place.lake, place.contract, wanted, store=place.store)
    have = {p for partitions in found.values() for p in partitions}
    asked = ingested(place, wanted)
    missing = {p: NOT_REBUILT for p in asked if p not in have}
    audits = {ref: held for ref, held in found.items() if ref != MAIN}
    done = publish_together(place.lake, place.contract, audits, store=place.store)
    progress("publish", len(audits), len(audits), f"{len(done.published)} partitions")
    on_main = place.lake, place.contract, done.published
    judge_beside(*on_main, store=place.store, progress=progress)
    return list(done.published), done.waived, missing | done.refused


def _draw(console: Console, body: dict[str, Any]) -> None:
    published, refused = body["published"], body["refused"]
    for name in published:
        by = body["waived"].get(name)
        told = f" [yellow]waived by {escape(by['who'])} until {by['until']}[/]" if by else ""
        console.print(f"[green]published[/] {name}{told}")
    for name, why in refused.items():
        console.print(f"[bold red]refused[/]   {name}: {escape(why)}", soft_wrap=True)
    if not published and not refused:
        console.print("everything is published already")
    before, after = body["root_before"], body["root_after"]
    console.print(f"published root digest before: {short(before)}")
    console.print(
        f"published root digest after:  {short(after)}{'  unchanged' * (before == after)}"
    )
    if published:
        console.print("[dim]next: karat dataset cut NAME[/]")
