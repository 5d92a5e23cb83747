"""`karat dataset cut`: a version of a training dataset out of all that is proved."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from karat.cli.bar import bar
from karat.cli.options import AsJson, ContractFile, Home, LakeUrl
from karat.cli.output import answer, proof, short, size
from karat.cli.teaching import teaching
from karat.cli.workplace import workplace

NAME = "cut"
EPILOG = teaching(
    "karat dataset cut demo",
    "karat dataset cut august --partitions 'binance-*/2024-08-*'",
    done="cut, or the last version says the same already",
    fail="refused: a partition's newest raw capture has no PASS",
    inconclusive="refused, and all that is missing is INCONCLUSIVE",
)
PATTERN = typer.Option(
    metavar="PATTERN",
    show_default=False,
    help="Such as 'binance-*/2024-08-*'; may be repeated. Default: everything.",
)


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the dataset.")],
    *,
    partitions: Annotated[list[str], PATTERN] = ["*"],  # noqa: B006 - Typer copies it
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Cut the next version of a training dataset from main, and tag it.

    Every partition that matches must be published with a PASS for what its newest raw capture
    gave: otherwise nothing is cut, and each partition that stands against it is named.
    """
    from karat.dataset import cut

    place = workplace(lake, contract, home)
    with bar() as progress:
        manifest = cut(
            place.lake,
            place.contract,
            name,
            partitions=partitions,
            store=place.store,
            progress=progress,
        )
    title = f"{manifest.name}@{manifest.version}"
    total = sum(entry.size for entry in manifest.entries)
    body = {
        "name": manifest.name,
        "version": manifest.version,
        "commit": manifest.commit,
        "bytes": total,
        "partitions": [entry.partition for entry in manifest.entries],
        "waived": manifest.waived,
    }

    def draw(console: Console) -> None:
        count = len(manifest.entries)
        known = proof(count, manifest.waived)
        console.print(f"[green]{title}[/]: {count} partitions, {size(total)}, {known}")
        console.print(
            f"at commit {short(manifest.commit)}, under contract {short(manifest.contract)}"
        )
        console.print(f"[dim]next: karat dataset verify {title}[/]")

    answer(body, draw, as_json=as_json)
