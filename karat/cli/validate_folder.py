"""A folder of somebody's own days against a folder of golden days: no lake, any contract."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from karat.cli.finding_lines import draw_findings
from karat.cli.golden_table import few
from karat.cli.output import coloured
from karat.cli.verdict_table import UNKNOWN

if TYPE_CHECKING:
    from karat.contracts import Contract
    from karat.flow.own_days import OwnDays
    from karat.telemetry import Progress

PREFIX = "golden/"
"""Before the names of golden days, which may be those of days on trial."""


def run(data: Path, golden: Path | None, contract: Contract, progress: Progress) -> OwnDays:
    """Return the verdicts on the files of `data`; InputError when one cannot be read."""
    from karat.flow.own_days import day_files, judge_days

    held = day_files(golden, contract, PREFIX) if golden else []
    threads = os.cpu_count() or 1
    mine = day_files(data, contract)
    return judge_days(contract, mine, held, threads=threads, progress=progress)


def plain(done: OwnDays) -> dict[str, Any]:
    """Return the verdicts as one document, with the split of the golden days."""
    golden = done.golden
    outcomes = {str(verdict.outcome) for verdict in done.verdicts.values()}
    return {
        "outcome": next(o for o in ("FAIL", UNKNOWN, "PASS") if o in outcomes),
        "golden": golden.digest if golden else None,
        "reference": [day.partition for day in golden.reference] if golden else [],
        "calibration": [day.partition for day in golden.calibration] if golden else [],
        "verdicts": {name: one.body() | {"key": one.key} for name, one in done.verdicts.items()},
    }


def draw(console: Console, done: OwnDays, *, verbose: bool) -> None:
    """Print the split, one line a day, its findings beneath, and the totals."""
    if golden := done.golden:
        for part in ("reference", "calibration"):
            days = [day.partition for day in getattr(golden, part)]
            console.print(f"[dim]{len(days)} {part} days: {few(days)}[/]")
    width = max(map(len, done.verdicts))
    for name, verdict in done.verdicts.items():
        console.print(f"{name:<{width}}  {coloured(str(verdict.outcome))}")
        draw_findings(console, verdict.findings, verbose=verbose)
    counts = Counter(str(verdict.outcome) for verdict in done.verdicts.values())
    tally = (f"{counts[o]} {coloured(o)}" for o in ("PASS", "FAIL", UNKNOWN) if counts[o])
    console.print(f"\n{', '.join(tally)}")
