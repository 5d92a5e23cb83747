"""`karat store stats` and `verify`: what the store of states holds, and whether it is whole."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from karat.cli.bar import bar
from karat.cli.exits import Exit
from karat.cli.options import AsJson, Home
from karat.cli.output import answer, size
from karat.cli.store_place import the_store


def stats(*, home: Home = None, as_json: AsJson = False) -> None:
    """Tell what the store holds: entries, bytes, its limit, and when it was used.

    The store keeps every state and name that was ever computed, so that nothing is computed twice.
    It is a cache: all of it may be lost. At KARAT_STORE_LIMIT, what was used longest ago goes.
    """
    from karat.store.care import stats as look

    store = the_store(home)
    found = look(store)
    body = {"path": str(store.database.path), **asdict(found)}

    def draw(console: Console) -> None:
        table = Table(show_header=False, box=None)
        used = [_day(at) for at in (found.oldest_use_s, found.newest_use_s)]
        for name, told in (
            ("entries", f"{found.entries:,}"),
            ("content", size(found.data_bytes)),
            ("on disk", f"{size(found.file_bytes)} of at most {size(found.limit_bytes)}"),
            ("golden cells beside it", size(found.cells_bytes)),
            ("last used", " to ".join(used) if found.entries else "never"),
            ("found corrupt so far", f"{found.corrupt:,}"),
            ("left by older versions and damage", size(found.left_bytes)),
        ):
            table.add_row(name, told)
        console.print(table)
        console.print(str(store.database.path), soft_wrap=True, markup=False)

    answer(body, draw, as_json=as_json)


def verify(*, home: Home = None, as_json: AsJson = False) -> None:
    """Read every entry, and drop those that are not what was put.

    Each carries a digest of its key and content. What is dropped is computed again when it is
    needed; a file whose inner order is broken is set aside, and the store begun anew.
    """
    from karat.store.care import verify as look

    store = the_store(home)
    with bar() as progress:
        found = look(store, progress)
    whole = not (found.corrupt or store.set_aside)
    body = {"whole": whole, **asdict(found)}

    def draw(console: Console) -> None:
        console.print(f"{found.entries:,} entries, {size(found.data_bytes)} read")
        told = f"{found.corrupt:,} corrupt, dropped"
        told += ", a damaged database set aside" if store.set_aside else ""
        console.print("[green]whole[/]" if whole else f"[bold red]damaged[/]: {told}")

    answer(body, draw, as_json=as_json, code=Exit.DONE if whole else Exit.FAIL)


def _day(at_s: int | None) -> str:
    return "" if at_s is None else f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M}"
