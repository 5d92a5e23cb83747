"""Run every benchmark and print its rows: ``python -m benchmarks [--json] [name …]``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.timing import Row, machine


def found(names: list[str]) -> Iterator[str]:
    """Yield the benchmarks called for; all of them when none is."""
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        if not names or path.stem.removeprefix("bench_") in names:
            yield path.stem


def table(title: str, rows: list[Row]) -> Table:
    drawn = Table(title=title, title_justify="left")
    drawn.add_column("what")
    for name in ("ours", "rival", "ratio"):
        drawn.add_column(name, justify="right")
    for row in rows:
        drawn.add_row(row.what, row.ours, row.rival, f"{row.ratio:.2f} x" if row.ratio else "")
    return drawn


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help="rebuild, …; all when left out")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    asked = parser.parse_args()
    console, results = Console(), {}
    if not asked.json:
        console.print(", ".join(f"{key} {value}" for key, value in machine().items()))
    for name in found(asked.names):
        rows: list[Row] = import_module(f"benchmarks.{name}").run()
        results[name] = [asdict(row) for row in rows]
        if not asked.json:
            console.print(table(name.removeprefix("bench_"), rows))
    if asked.json:
        print(json.dumps({"machine": machine(), "rows": results}, indent=2))


if __name__ == "__main__":
    main()
