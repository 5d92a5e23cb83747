"""A plan as a person reads it: one line a partition, what tolerances take, and the total."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from karat.cli.output import coloured, rough, size

if TYPE_CHECKING:
    from karat.flow.budgets import Cost
    from karat.flow.choosing import Plan
    from karat.flow.part_plans import PartPlan
    from karat.golden import Sufficient

MEASURED = "measured on this machine once, and kept in the store"


def plain(plans: Sequence[Plan], chosen: Sequence[str]) -> dict[str, Any]:
    """Return plans, one a branch, as one document; `chosen` says why of a level by a budget."""
    from functools import reduce

    from karat.flow.budgets import Cost

    total = reduce(Cost.plus, (plan.cost for plan in plans), Cost())
    return {
        "partitions": [_part(plan, part) for plan in plans for part in plan.parts],
        "after": [_part(plan, part) for plan in plans for part in plan.after],
        "full_size": _sizes(plans[0].sufficient) if plans else [],
        "together": {
            str(one): [*columns] for plan in plans for one, columns in plan.together.columns.items()
        },
        "total": _cost(total),
        "chosen": list(chosen),
        "rates": _rates(plans[0]) if plans else {},
    }


def _part(plan: Plan, part: PartPlan) -> dict[str, Any]:
    told: dict[str, Any] = {"partition": str(part.partition), "ref": plan.ref, "level": plan.level}
    told |= {"rows": part.rows, "seen": part.seen, "verdict": part.outcome}
    states = {"known": part.known, "to_compute": part.to_compute, "columns": list(part.columns)}
    states["refined"] = list(part.refined)
    return told | {"states": states} | _cost(part.cost)


def _cost(cost: Cost) -> dict[str, float]:
    return {"bytes": cost.bytes, "seconds": round(cost.seconds, 3), "memory": cost.memory}


def _rates(plan: Plan) -> dict[str, Any]:
    found = {"read_ns_per_byte": plan.rates.read_ns, "state_ns_per_row": plan.rates.state_ns}
    return found | {"source": MEASURED}


def _sizes(strata: Mapping[str, Mapping[str, Sufficient]]) -> list[dict[str, Any]]:
    return [
        {
            "stratum": stratum,
            "distance": name,
            "tolerance": float(one.tolerance),
            "effective_rows": one.effective,
            "measured_rows": one.measured,
            "effective_per_row": None if one.worth is None else float(one.worth),
            "day_rows": one.rows,
        }
        for stratum, held in strata.items()
        for name, one in held.items()
    ]


def draw(console: Console, body: Mapping[str, Any]) -> None:
    """Print the document of `plain` as tables."""
    console.print(_partitions([*body["partitions"], *body["after"]], len(body["partitions"])))
    if body["full_size"]:
        console.print(_full_size(body["full_size"]))
    for words in body["chosen"]:
        console.print(words)
    for told in _refined([*body["partitions"], *body["after"]], body["together"]):
        console.print(escape(told))
    total, rates = body["total"], body["rates"]
    seconds, memory = rough(total["seconds"]), size(total["memory"])
    cost = f"{size(total['bytes'])} to read, about {seconds} s, {memory}"
    count = f"{len(body['partitions'])} partitions"
    if after := len(body["after"]):
        count += f" and {after} of a day after, which may be a copy"
    console.print(f"total: {count}, {cost} of memory at the most")
    if rates:
        reading = f"{rough(rates['read_ns_per_byte'])} ns a byte"
        speed = f"{reading}, {rough(rates['state_ns_per_row'])} ns a row and state"
        console.print(f"[dim]seconds are estimates: {speed}, {rates['source']}[/]")


def _partitions(parts: Sequence[Mapping[str, Any]], asked: int) -> Table:
    """Return a line a partition; those from `asked` on are days after, and called so."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    for name in ("partition", "verdict", "level"):
        table.add_column(name, no_wrap=True)
    for name in ("known", "to do", "read", "s", "memory"):
        table.add_column(name, justify="right", no_wrap=True)
    for at, part in enumerate(parts):
        name = part["partition"] if at < asked else f"{part['partition']} (day after)"
        verdict = coloured(part["verdict"]) if part["verdict"] else "to be made"
        states = part["states"]
        counts = f"{states['known']}", f"{states['to_compute']}"
        costs = size(part["bytes"]), rough(part["seconds"]), size(part["memory"])
        table.add_row(name, verdict, part["level"], *counts, *costs)
    return table


def _refined(
    parts: Sequence[Mapping[str, Any]], together: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """Yield in words what is to be counted again: distances of partitions, and of all as one."""
    alone = Counter(name for part in parts for name in part["states"]["refined"])
    whole = Counter(name for columns in together.values() for name in columns)
    for counts, whose in ((alone, "distances"), (whole, "for all as one, columns")):
        days = ", ".join(f"{name} of {count:,} partitions" for name, count in counts.items())
        if days:
            yield f"read again, as a threshold lies inside what is certified: {whose} {days}"


def _full_size(rows: Sequence[Mapping[str, Any]]) -> Table:
    title = "A full-size day: h at most half the tolerance"
    table = Table(box=None, pad_edge=False, header_style="bold", title=title, title_justify="left")
    table.add_column("distance", no_wrap=True)
    for name in ("tolerance", "effective rows", "a row is worth", "rows of a day"):
        table.add_column(name, justify="right")
    for row in rows:
        worth = row["effective_per_row"]
        said = f"{row['stratum']} {row['distance']}".strip(), f"{row['tolerance']:g}"
        counts = _count(row["effective_rows"]), "?" if worth is None else f"{worth:.2g}"
        table.add_row(*said, *counts, _count(row["day_rows"]))
    return table


def _count(value: int | None) -> str:
    return "no day is" if value is None else f"{value:,}"
