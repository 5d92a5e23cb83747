"""The results of benchmarks as one JSON document: each with its machine, its time and its rows."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.timing import Row, machine

Measured = Mapping[str, Any]
DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.json"


def run(name: str) -> tuple[list[Row], Measured]:
    """Run the benchmark ``bench_<name>``; return its rows, and what the document keeps of it."""
    before, start, used = machine(), time.perf_counter(), _processor_s()
    rows: list[Row] = import_module(f"benchmarks.bench_{name}").run()
    took = {"wall_s": round(time.perf_counter() - start, 1)}
    took["cpu_s"] = round(_processor_s() - used, 1)
    return rows, {"machine": before, **took, "rows": [row.plain() for row in rows]}


def _processor_s() -> float:
    """Return the processor seconds of this process and of those it has waited for."""
    own, others = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def write(results: Mapping[str, Measured], path: Path = DOCUMENT) -> dict[str, Measured]:
    """Put `results` into the document, in the place of what it held by these names; return it."""
    held: dict[str, Measured] = json.loads(path.read_text()) if path.exists() else {}
    held = dict(sorted({**held, **results}.items()))
    path.write_text(json.dumps(held, indent=1) + "\n")
    return held
