"""Run every benchmark and print its rows: ``python -m benchmarks [--quick] [--write] [name …]``.

Each has a process of its own: none meets the memory or the caches that another left behind, and one
that fails is told while the rest go on. All take about fifty minutes on two cores that are free:
healthy and workers twelve, dagster six, big_day, beside and stream three each, golden two, the
others one or less; ``--quick`` about ten minutes. ``KARAT_SOAK=1`` makes gate, healthy and
revalidation as large as the design has them. ``python -m benchmarks ablation`` writes
docs/ablation.md, ``faulted_training`` docs/faulted_training.md and its picture, which a run of all
does not.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import ablation_page, chart, document, faulted_training_page
from benchmarks.timing import Row, machine
from karat.cli.settings import keep_arrow_memory

WIDE = 160
PAGES = {"ablation": ablation_page.write, "faulted_training": faulted_training_page.write}
"""What writes a page of its own, and is run when it is named."""
LONG = ("big_day", "dagster", "faults", "healthy", "revalidation", "stream", "workers")
"""What takes minutes each, and is left out of a quick run."""


def found(names: list[str], *, quick: bool = False) -> Iterator[str]:
    """Yield the benchmarks called for; all of them when none is, and of all the quick ones."""
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        name = path.stem.removeprefix("bench_")
        if name in names or not (names or (quick and name in LONG)):
            yield name


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


def each(names: list[str]) -> Iterator[tuple[str, list[Row], document.Measured]]:
    """Yield what each gives in a process of its own; which one it is goes to stderr.

    So does why one gives nothing.
    """
    for number, name in enumerate(names, 1):
        print(f"{number} of {len(names)}: {name} …", file=sys.stderr, flush=True)
        with ProcessPoolExecutor(1, get_context("spawn")) as alone:
            done = alone.submit(document.run, name)
        if error := done.exception():
            traceback.print_exception(error)
        else:
            yield name, *done.result()


def words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help="rebuild, …; all when left out")
    parser.add_argument("--quick", action="store_true", help=f"all but {', '.join(LONG)}")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.add_argument(
        "--write", action="store_true", help="put the results into docs/benchmarks.{json,svg}"
    )
    asked = parser.parse_args()
    if unknown := sorted({*asked.names} - {*found([]), *PAGES}):
        have = ", ".join([*found([]), *PAGES])
        parser.error(f"there is no {', '.join(unknown)}; have {have}")
    return asked


def main() -> None:
    asked = words()
    keep_arrow_memory()  # as the command line does; each benchmark's process asks for itself
    for name in (one for one in PAGES if one in asked.names):
        PAGES[name]()
    names, results = list(found(asked.names, quick=asked.quick)), dict[str, document.Measured]()
    # Of a width that does not cut what a file keeps of it.
    console = Console(stderr=asked.json, width=None if sys.stdout.isatty() else WIDE)
    console.print(", ".join(f"{key} {value}" for key, value in machine().items()))
    for name, rows, measured in each(names):
        results[name] = measured
        took = f"{measured['wall_s']} s, {measured['cpu_s']} CPU-seconds"
        console.print(table(f"{name} ({took})", rows))
        if asked.write:
            chart.draw(list(chart.bars(document.write({name: measured}))))
    if asked.json:
        print(json.dumps(results, indent=1))
    if failed := [name for name in names if name not in results]:
        sys.exit(f"no result of {', '.join(failed)}: told above")


if __name__ == "__main__":
    main()
