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
    "karat dataset cut august --partitions 'binance-*/2024-08-01..2024-08-31'",
    "karat dataset cut maker --from main --eval-from 2024-08-25 --embargo 2",
    done="cut, or the last version says the same already",
    fail="refused: a partition's newest raw capture has no PASS",
    inconclusive="refused, and all that is missing is INCONCLUSIVE",
)
PATTERN = typer.Option(
    metavar="PATTERN",
    show_default=False,
    help="Such as 'binance-*/2024-08-*', or a range of days such as "
    "'binance-*/2024-08-01..2024-08-31'; may be repeated. Default: everything.",
)
SOURCE = typer.Option(
    "--from", metavar="REF", help="main, or a commit of its history: as things were there."
)
EVAL_FROM = typer.Option(
    metavar="DATE", show_default=False, help="Days from here on evaluate, those before train."
)
EMBARGO = typer.Option(
    metavar="DAYS", min=0, help="So many days before --eval-from are left out: nothing leaks."
)
PURPOSE = typer.Option(
    metavar="TEXT", show_default=False, help="What it is for. Default: as the version before says."
)


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the dataset.")],
    *,
    partitions: Annotated[list[str], PATTERN] = ["*"],  # noqa: B006 - Typer copies it
    source: Annotated[str, SOURCE] = "main",
    eval_from: Annotated[str | None, EVAL_FROM] = None,
    embargo: Annotated[int, EMBARGO] = 1,
    purpose: Annotated[str | None, PURPOSE] = None,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Cut the next version of a training dataset from main, and tag it.

    Every partition that matches must be published with a PASS for what its newest raw capture
    gave: otherwise nothing is cut, and each partition that stands against it is named. The same
    data as in an earlier version is that version; else MAJOR rises when schema, contract, golden,
    features or the split change or a partition is gone, MINOR when partitions come, PATCH when they
    are restated.
    """
    from karat.dataset import Split, cut

    place = workplace(lake, contract, home)
    with bar() as progress:
        manifest = cut(
            place.lake,
            place.contract,
            name,
            partitions=partitions,
            source=source,
            split=Split(eval_from, embargo) if eval_from else None,
            purpose=purpose,
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
        "rows": manifest.rows,
        "eval": [entry.partition for entry in manifest.of("eval")] if manifest.split else [],
        "embargoed": list(manifest.embargoed),
        "manifest": manifest.digest,
    }

    def draw(console: Console) -> None:
        count = len(manifest.entries)
        known = proof(count, manifest.waived)
        console.print(f"[green]{title}[/]: {count} partitions, {size(total)}, {known}")
        if manifest.split:
            parts = len(manifest.of("train")), len(manifest.of("eval")), len(manifest.embargoed)
            console.print("{} train, {} evaluate, {} left out by the embargo".format(*parts))
        console.print(
            f"at commit {short(manifest.commit)}, under contract {short(manifest.contract)}"
        )
        console.print(f"[dim]next: karat dataset verify {title}[/]")

    answer(body, draw, as_json=as_json)
