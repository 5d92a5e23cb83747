"""The changes that another golden would make, as a person reads them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from karat.cli.golden_table import few, number, span
from karat.cli.output import coloured, short, size

MARKS = {"added": "[green]+[/]", "removed": "[red]-[/]", "restated": "[yellow]~[/]", "moved": "="}
MEANT = {"moved": "moved between reference and calibration"}


def draw(console: Console, body: dict[str, Any], *, verbose: bool) -> None:
    """Print the document of `karat golden diff`; `verbose` names every day and partition."""
    before = short(body["before"]) if body["before"] else "no golden"
    console.print(f"golden [bold]{before}[/] → [bold]{short(body['after'])}[/]\n")
    _days(console, body["days"], verbose=verbose)
    console.print()
    console.print(_numbers(body))
    console.print()
    read = f"{body['judged']} published partitions judged by both, {size(body['bytes_read'])} read"
    console.print(f"{read}: [bold]{body['outcomes']}[/] would change outcome")
    _outcomes(console, body["verdicts"])
    if verbose:
        _every_finding(console, body["verdicts"])
    elif body["verdicts"]:
        console.print(_findings(body["verdicts"]))
    if body["judged"]:
        console.print("[dim]once adopted, every verdict has a new name: run karat validate[/]")


def _days(console: Console, days: dict[str, str], *, verbose: bool) -> None:
    if not days:
        console.print("the same golden days")
    for what, mark in MARKS.items():
        names = [name for name, how in days.items() if how == what]
        if names:
            told = ", ".join(names) if verbose else few(names)
            console.print(f"{mark} {len(names)} {MEANT.get(what, what)}: {told}")


def _numbers(body: dict[str, Any]) -> Table:
    table = Table("", box=None, pad_edge=False)
    for name in ("before", "after", "change"):
        table.add_column(name, justify="right")
    for name, (old, new) in body["scales"].items():
        change = f"{new / old - 1:+.0%}" if old and new else ""
        table.add_row(f"scale of {escape(name)}", number(old), number(new), change)
    if body["alpha"] is not None:
        table.add_row(f"q at {body['alpha'] * 100:.3g} %", *map(_told_q, body["q"]), "")
    return table


def _told_q(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    return span(row["q"]) if row["q"] else f"[yellow]{row['days']} of {row['needed']} days[/]"


def _outcomes(console: Console, verdicts: dict[str, Any]) -> None:
    """Print the partitions whose outcome would change, and why."""
    for name, one in verdicts.items():
        if one["before"] != one["after"]:
            console.print(f"{name}  {_arrow(one['before'], one['after'])}")
            for why in one["why"]:
                console.print(f"  {escape(why)}")


def _findings(verdicts: dict[str, Any]) -> Table:
    """Return how many partitions each finding against golden days would change in."""
    counts = Counter(
        (name, told["before"], told["after"])
        for one in verdicts.values()
        for name, told in one["findings"].items()
    )
    table = Table("finding", "would change", box=None, pad_edge=False)
    table.add_column("in partitions", justify="right")
    for (name, before, after), count in counts.most_common():
        table.add_row(escape(name), _arrow(before, after), str(count))
    return table


def _every_finding(console: Console, verdicts: dict[str, Any]) -> None:
    for name, one in verdicts.items():
        console.print(f"{name}")
        for finding, told in one["findings"].items():
            arrow = _arrow(told["before"], told["after"])
            console.print(f"  {escape(finding)}: {arrow} [dim]{escape(told['reason'])}[/]")


def _arrow(before: str | None, after: str | None) -> str:
    return f"{_side(before)} → {_side(after)}"


def _side(outcome: str | None) -> str:
    return coloured(outcome) if outcome else "not measured"
