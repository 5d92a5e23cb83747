"""A golden manifest as a person reads it: its days, its yardsticks, and what q promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from karat.cli.output import short

if TYPE_CHECKING:
    from karat.contracts import Contract
    from karat.golden import GoldenManifest

SHOWN = 3
NOTE = (
    "scale: the median distance of a reference day from the others, at least the\n"
    "floor; furthest: the largest; m_eff: how many independent rows they are worth"
)


def plain(manifest: GoldenManifest, contract: Contract) -> dict[str, Any]:
    """Return the manifest in plain values; the contract's alpha is told beside the usual ones."""
    from karat.golden import described

    alpha = _alpha(contract)
    body = described(manifest, [alpha] if alpha else [])
    rules = contract.unpaired.distances if contract.unpaired else ()
    order = {rule.name: at for at, rule in enumerate(rules)}
    body["yardsticks"].sort(key=lambda row: (row["stratum"], order.get(row["name"], len(order))))
    return {"alpha": float(alpha) if alpha else None, **body}


def draw(console: Console, body: dict[str, Any]) -> None:
    """Print what `plain` returned."""
    reference, calibration = body["reference"], body["calibration"]
    console.print(f"golden [bold]{short(body['digest'])}[/] of {body['dataset']}")
    console.print(f"{len(reference)} reference days: {few(reference)}")
    console.print(f"{len(calibration)} calibration days: {few(calibration)}")
    console.print()
    console.print(_yardsticks(body["yardsticks"]))
    console.print(f"[dim]{NOTE}[/]\n")
    console.print(_quantiles(body["quantiles"], body["alpha"]))


def _alpha(contract: Contract) -> Any:
    from fractions import Fraction

    return Fraction(contract.unpaired.alpha) if contract.unpaired else None


def few(names: list[str]) -> str:
    """Return a few names: all, or the first and the last; one instrument is named once."""
    parts = [name.rpartition("/") for name in names]
    if len({part[0] for part in parts}) == 1 and parts[0][0]:
        names, head = [part[2] for part in parts], f"{parts[0][0]} "
    else:
        head = ""
    if len(names) <= SHOWN + 1:
        return head + (", ".join(names) or "none")
    return f"{head}{', '.join(names[:SHOWN])} … {names[-1]}"


def _yardsticks(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    several = any(row["stratum"] for row in rows)
    for name in (*(["stratum"] if several else []), "distance", "kind"):
        table.add_column(name)
    for name in ("cells", "scale", "floor", "furthest", "m_eff"):
        table.add_column(name, justify="right")
    for row in rows:
        first = [row["stratum"]] if several else []
        scale = f"{row['scale']:.4g}" + (" [yellow]at its floor[/]" if row["at_floor"] else "")
        table.add_row(
            *first,
            escape(row["name"]),
            row["kind"],
            "" if row["cells"] is None else f"{row['cells']:,}",
            scale,
            f"{row['floor']:.2g}",
            number(row["left_out"]),
            "" if row["m_eff"] is None else f"{row['m_eff']:,.0f}",
        )
    return table


def _quantiles(rows: list[dict[str, Any]], alpha: float | None) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("alpha", "q", "false alarms, mean"):
        table.add_column(name, justify="right")
    table.add_column("95 % bounds")
    table.add_column("")
    for row in rows:
        mark = "[bold]the contract's[/]" if row["alpha"] == alpha else ""
        name = f"{row['alpha'] * 100:.3g} %"
        if row["false_alarms"] is None:
            told = f"[yellow]{row['days']} of {row['needed']}[/] calibration days"
            table.add_row(name, "", "", told, mark)
            continue
        law = row["false_alarms"]
        bounds = f"{law['low'] * 100:.2g} % to {law['high'] * 100:.2g} %"
        table.add_row(name, span(row["q"]), f"{law['mean'] * 100:.2g} %", bounds, mark)
    return table


def span(ends: list[float] | None) -> str:
    """Return a number, or its bounds, or nothing for None."""
    if ends is None:
        return ""
    low, high = f"{ends[0]:.3g}", f"{ends[-1]:.3g}"
    return low if low == high else f"{low} to {high}"


def number(value: float | None) -> str:
    """Return a number in four digits, or nothing for None."""
    return "" if value is None else f"{value:.4g}"
