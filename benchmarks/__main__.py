"""Run every benchmark and print its rows: ``python -m benchmarks [--json] [--write] [name …]``.

``python -m benchmarks ablation`` writes docs/ablation.md, which a run of all does not.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import ablation_page, chart, document
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
    drawn.add_column("asked")
    for row in rows:
        ratio = f"{row.ratio:.2f} x" if row.ratio else ""
        drawn.add_row(row.what, row.ours, row.rival, ratio, str(row.goal or ""))
    return drawn


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help="rebuild, …; all when left out")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.add_argument(
        "--write", action="store_true", help="put the results into docs/benchmarks.{json,svg}"
    )
    asked = parser.parse_args()
    if "ablation" in asked.names:
        ablation_page.write()
    console, results = Console(), {}
    if not asked.json:
        console.print(", ".join(f"{key} {value}" for key, value in machine().items()))
    for stem in found(asked.names):
        name = stem.removeprefix("bench_")
        rows, results[name] = document.run(name)
        if not asked.json:
            took = f"{results[name]['wall_s']} s, {results[name]['cpu_s']} CPU-seconds"
            console.print(table(f"{name} ({took})", rows))
        if asked.write:
            chart.draw(list(chart.bars(document.write({name: results[name]}))))
    if asked.json:
        print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
