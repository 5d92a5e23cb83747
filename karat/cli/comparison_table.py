"""A comparison as a person reads it: the word first, the worst column first, then what is missing.

It fits a terminal of 100 columns; what is longer wraps within its own column.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from karat.cli.output import coloured

if TYPE_CHECKING:
    from karat.comparison import Column, Comparison

WIDEST = 100


def draw(console: Console, found: Comparison, plotted: str | None) -> None:
    """Print a comparison; `plotted` names the column that a picture was made of."""
    from karat.comparison import telling

    sides = (("candidate", found.candidate), ("golden", found.golden))
    for (who, label), rows in zip(sides, found.rows, strict=True):
        console.print(f"{who:<10} {escape(label)}, {rows:,} rows", soft_wrap=True)
    word = "[green]SAME[/]" if found.outcome == "SAME" else coloured(found.outcome)
    console.print(f"\n{word} {escape(telling.outcome(found))}", width=min(console.width, WIDEST))
    _list(console, "[bold red]broken[/] by the candidate", telling.broken(found))
    _list(console, "by key", telling.census(found.census) if found.census else ())
    if found.columns:
        console.print()
        console.print(_table(found.columns), width=min(console.width, WIDEST))
    _list(console, "types differ", telling.types(found))
    _list(console, "not compared", telling.uncompared(found))
    _list(console, "[yellow]missing for a PASS[/]", found.missing)
    if plotted:
        console.print(f"\n[dim]the picture shows {escape(plotted)}[/]")


def _table(columns: Iterable[Column]) -> Table:
    from karat.comparison import telling

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    name, by, apart, reach, differs = telling.HEAD
    table.add_column(name, overflow="fold", max_width=24)
    table.add_column(by, no_wrap=True)
    table.add_column(apart, justify="right", no_wrap=True)
    table.add_column(reach, justify="right", no_wrap=True)
    table.add_column(differs, overflow="fold", ratio=1)
    for column in columns:
        table.add_row(*map(escape, telling.row(column)))
    return table


def _list(console: Console, head: str, lines: Iterable[str]) -> None:
    """Print lines beneath a head, nothing for none; a long one hangs beneath its own start."""
    shown = list(lines)
    if not shown:
        return
    console.print(f"\n{head}")
    for line in shown:
        grid = Table.grid(padding=(0, 1))
        grid.add_column()
        grid.add_column(overflow="fold")
        grid.add_row("-", escape(line))
        console.print(Padding(grid, (0, 0, 0, 2)), width=min(console.width, WIDEST))
