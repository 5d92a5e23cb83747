"""`karat store prune`: make the store of states smaller."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from karat.cli.bar import bar
from karat.cli.lake_care import seconds
from karat.cli.options import AsJson, Home
from karat.cli.output import answer, size
from karat.cli.store_place import the_store

To = Annotated[
    str | None,
    typer.Option("--to", metavar="5GB", help="Keep at most so many bytes: what was used last."),
]
OlderThan = Annotated[
    str | None,
    typer.Option(
        "--older-than", metavar="30d", help="Drop what was not used for so long: 90s, 24h, 30d."
    ),
]


def prune(
    *,
    to: To = None,
    older_than: OlderThan = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Drop what was not used for longest, and give the disk back what is free.

    Nothing is lost for good: what a later run needs is computed again. Others may use the store
    meanwhile. Golden cells that processes share, files beside it, go by the same age and size.
    Without options only what is over KARAT_STORE_LIMIT goes, with the files that older versions and
    damaged databases left behind.
    """
    from karat.store.amounts import byte_count
    from karat.store.care import prune as do_prune

    store = the_store(home)
    most = None if to is None else byte_count(to)
    age = None if older_than is None else seconds(older_than)
    with bar() as progress:
        went = do_prune(store, to_bytes=most, older_than_s=age, progress=progress)

    def draw(console: Console) -> None:
        console.print(
            f"freed {size(went.freed_bytes)}: {went.entries:,} entries, "
            f"{size(went.left_bytes)} left by older versions and damage, "
            f"{size(went.cells_bytes)} of golden cells"
        )

    answer(asdict(went), draw, as_json=as_json)
