"""`karat dataset show`: what a training dataset holds, and on what it stands."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from karat.cli.dataset_card import Statistics, card_of
from karat.cli.dataset_found import Title
from karat.cli.options import AsJson, Home, LakeUrl
from karat.cli.output import answer, coloured, short, size
from karat.cli.teaching import teaching
from karat.cli.workplace import workplace

NAME = "show"
EPILOG = teaching("karat dataset show demo@1.0.0", "karat dataset show demo@1.0.0 --json")


def command(
    dataset: Title,
    *,
    statistics: Statistics = False,
    lake: LakeUrl = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show what a training dataset holds, what speaks against it, and what it was made of."""
    body = card_of(workplace(lake, None, home), dataset, statistics=statistics).plain()
    answer(body, lambda console: _draw(console, body), as_json=as_json)


def _draw(console: Console, body: dict[str, Any]) -> None:
    state = "[bold red]refused[/]" if body["refused"] else "[green]ok[/]"
    console.print(f"[bold]{body['dataset']}[/]  {state}")
    for where, why in body["refused"].items():
        console.print(escape(f"{where}: {why}" if where else why), soft_wrap=True)
    for one in body["allowances"]:
        console.print(escape(f"allowed by {one['who']}: {one['reason']}"), soft_wrap=True)
    console.print(_facts(body))
    if body["columns"]:
        console.print(_columns(body["columns"]))
    for line in body["limits"]:
        console.print(f"[dim]limit:[/] {escape(line)}", soft_wrap=True)


def _facts(body: dict[str, Any]) -> Table:
    made = body["lineage"]
    rows = {
        "purpose": body["purpose"] or "not said",
        "partitions": f"{body['partitions']} of {made['of']}, {size(body['bytes'])}",
        "rows": "not told" if body["rows"] is None else f"{body['rows']:,}",
        "split": body["split"] or "none: all of it trains",
        "verdicts": ", ".join(
            f"{count} {coloured(name)}" for name, count in body["outcomes"].items() if count
        ),
        "waived": ", ".join(body["waivers"]) or "none",
        "features": made["features"],
        "contract": short(made["contract"]),
        "golden": short(made["golden"]),
        "commit": short(made["commit"]),
        "manifest": short(made["manifest"]),
        "read by": ", ".join([*body["runs"], *body["models"]]) or "nobody on record",
    }
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, told in rows.items():
        table.add_row(f"[dim]{name}[/]", told if name == "verdicts" else escape(told))
    for one in body["range"]:
        days = f"{one['first']} to {one['last']}, {one['days']} days"
        table.add_row(f"[dim]{escape(one['instrument'])}[/]", days)
    return table


def _columns(columns: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("column", "type", "values", "nulls", "least", "largest", "mean", "deviation"):
        table.add_column(name, justify="left" if name in {"column", "type"} else "right")
    for one in columns:
        table.add_row(*(_number(value) for value in one.values()))
    return table


def _number(value: float | str | None) -> str:
    if value is None:
        return "-"
    if isinstance(value, str):
        return escape(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
