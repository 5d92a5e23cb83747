"""`karat explain`: one number of a verdict worked out again by hand, and the rows behind it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from karat.cli.options import AsJson, ContractFile, Home, LakeUrl
from karat.cli.output import answer, coloured
from karat.cli.teaching import teaching
from karat.cli.workplace import Workplace, workplace
from karat.errors import InputError

if TYPE_CHECKING:
    from karat.flow.explaining import Case

NAME = "explain"
EPILOG = teaching(
    "karat explain binance-spot-btcusdt/2024-08-08",
    'karat explain binance-spot-btcusdt/2024-08-08 "trade size"',
    "karat explain binance-spot-btcusdt/2024-08-08 spread --plot spread.png",
    done="explained: the numbers by hand are the verdict's, where there are any",
    fail="a number by hand is not the one in the verdict",
)
WIDE = 12


def command(
    partition: Annotated[
        str, typer.Argument(metavar="PARTITION", help="Such as binance-spot-btcusdt/2024-08-08.")
    ],
    statistic: Annotated[
        str | None,
        typer.Argument(
            metavar="STATISTIC",
            show_default=False,
            help="A finding's name, or a part of it; all findings when none is named.",
        ),
    ] = None,
    *,
    ref: Annotated[
        str | None, typer.Option(help="The branch, tag or commit; else where the newest bytes are.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw it, as PNG, or SVG by that name.")
    ] = None,
    lake: LakeUrl = None,
    contract: ContractFile = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Work out one number of a verdict from the raw rows, step by step, without the engine.

    Which rows are chosen, what is counted, where the difference is, and whether that is what the
    verdict says. Without STATISTIC: every finding with its numbers, the worst first.
    """
    place = workplace(lake, contract, home)
    case = _case(place, partition, ref)
    if statistic is None:
        body = _table_of(place, case)
        _draw_to(place, case, None, plot)
        answer(body, lambda console: _draw_all(console, body), as_json=as_json)
        return
    from karat.cli.exits import Exit
    from karat.explanation import explained
    from karat.flow.explaining import chunk_of, evidence_of
    from karat.flow.offenders import first_chunk

    finding = case.finding(statistic)
    worked = explained(evidence_of(place.contract, case, finding), finding)
    body = {"partition": partition} | worked.plain()
    chunk = chunk_of(place.contract, case, finding)
    body["worst_chunk"] = (
        None
        if chunk is None
        else {
            "start_ns": chunk.start_ns,
            "seconds": chunk.seconds,
            "low": chunk.distance.low,
            "high": chunk.distance.high,
            "n": chunk.distance.count,
            "words": str(chunk),
        }
    )
    first = first_chunk(place.contract, case, finding)
    body["first_chunk"] = first and {"start_ns": first.start_ns, "words": str(first)}
    _draw_to(place, case, finding.name, plot)
    wrong = bool(worked.compared) and not worked.agrees
    code = Exit.FAIL if wrong else Exit.DONE
    answer(body, lambda console: _draw(console, body), as_json=as_json, code=code)


def _case(place: Workplace, name: str, ref: str | None) -> Case:
    from karat.flow import newest_refs
    from karat.flow.explaining import case_of
    from karat.lake.layout import Partition

    partition = Partition.parse(name)
    if ref is None:
        found = newest_refs(place.lake, place.contract, [partition], store=place.store)
        ref = next(iter(found), None)
    if ref is None:
        raise InputError(f"{partition} is not rebuilt: run karat rebuild, and karat validate")
    return case_of(place.lake, place.contract, ref, partition, store=place.store)


def _table_of(place: Workplace, case: Case) -> dict[str, Any]:
    from karat.flow.pictures import split_of

    findings = []
    for finding in case.worst_first:
        told = {"finding": finding.name, "family": finding.family, "role": finding.role}
        told |= {"outcome": str(finding.outcome), "reason": finding.reason}
        split = split_of(place.contract, case.subject, finding.name, place.store)
        findings.append(told | {"numbers": dict(finding.numbers), "split": split})
    found = case.verdict
    where = {"partition": found.inputs.partition, "outcome": str(found.outcome)}
    return where | {"verdict": found.key, "level": found.inputs.level, "findings": findings}


def _draw_to(place: Workplace, case: Case, name: str | None, plot: Path | None) -> None:
    if plot is None:
        return
    from karat.cli.picture_file import save
    from karat.flow.pictures import finding_picture, worst_distance

    drawn = name or worst_distance(case.verdict.findings) or "score"
    figure = finding_picture(place.contract, case.subject, drawn, place.store)
    if figure is None:
        raise InputError(f"there is no picture of {drawn!r}: ks and acf distances have one")
    save(figure, plot)


def _draw_all(console: Console, body: dict[str, Any]) -> None:
    console.print(f"{body['partition']}  {coloured(body['outcome'])}  level {body['level']}")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("finding", overflow="fold", max_width=28)
    table.add_column("outcome")
    table.add_column("why", overflow="fold")
    for one in body["findings"]:
        mark = "" if one["role"] == "gate" else "[dim] warns[/]"
        split = f"\n[dim]{escape(one['split'])}[/]" if one["split"] else ""
        why = f"{escape(one['reason'])}{split}\n[dim]{escape(_numbers(one['numbers']))}[/]"
        name = f"{escape(one['finding'])}\n[dim]{one['family']}[/]"
        table.add_row(name, coloured(one["outcome"]) + mark, why)
    console.print(table)


def _numbers(numbers: dict[str, Any]) -> str:
    return ", ".join(f"{name} {_number(value)}" for name, value in numbers.items())


def _number(value: float | str) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _draw(console: Console, body: dict[str, Any]) -> None:
    console.print(f"{body['partition']}  {coloured(body['outcome'])}  {escape(body['finding'])}")
    console.print(f"[dim]{escape(body['reason'])}[/]\n")
    for at, step in enumerate(body["steps"], start=1):
        console.print(f"{at:>3}. {escape(step)}")
    if body["compared"]:
        console.print()
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in ("number", "by hand", "in the verdict", ""):
            table.add_column(name, justify="left" if name in ("number", "") else "right")
        for one in body["compared"]:
            same = "[green]same[/]" if one["agrees"] else "[bold red]differs[/]"
            table.add_row(one["name"], _whole(one["by_hand"]), _whole(one["stored"]), same)
        console.print(table)
    if chunk := body["worst_chunk"]:
        far = f"{chunk['low']:.4g} of {chunk['n']:,} rows"
        console.print(f"\nfarthest from golden by itself: from {chunk['words']}: {far}")
    if first := body["first_chunk"]:
        console.print(f"\nthe first row that breaks it came in the stretch from {first['words']}")
    if body["rows"]:
        console.print("\n[bold]rows behind it[/]")
        _rows(console, body["rows"])


def _whole(value: float | str) -> str:
    return repr(value) if isinstance(value, float) else _number(value)


def _rows(console: Console, rows: list[dict[str, Any]]) -> None:
    """Print each row as its fields, so that whole values fit whatever the width."""
    for row in rows:
        fields = [f"{k} {v}" for k, v in row.items() if k != "row" and v is not None]
        console.print(f"[bold]{row['row']:>{WIDE}}[/]  {escape(', '.join(fields))}")
