"""What a new process waits for compiled passes: all of them loaded from disk, beyond numba itself.

Processor time, which other work on the machine does not lengthen.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import karat.states.kernels
from benchmarks.goals import Goal
from benchmarks.timing import Row

MUST_S, RUNS = 0.5, 5
SCRIPT = """
import time
begun = time.process_time()
import numpy, numba
loaded = time.process_time()
{imports}
print(loaded - begun, time.process_time() - loaded)
"""


def run() -> list[Row]:
    """Return the row; the first process compiles what is not on disk yet, and does not count."""
    names = list(kernels())
    took = [loading(names) for _ in range(RUNS + 1)][1:]
    numba_s, ours_s = (median(column) for column in zip(*took, strict=True))
    what = f"{len(names)} modules of compiled passes loaded (rival: import numba)"
    goal = Goal(ours_s, MUST_S, unit="s")
    return [Row(what, f"{ours_s:.2f} s", f"{numba_s:.2f} s", numba_s / ours_s, goal)]


def kernels() -> Iterator[str]:
    """Yield the names of the modules of compiled passes over rows."""
    package = karat.states.kernels
    for path in sorted(Path(package.__path__[0]).glob("*_kernel.py")):
        yield f"{package.__name__}.{path.stem}"


def loading(names: list[str]) -> tuple[float, float]:
    """Return the seconds of a new process for numba, and then for these modules."""
    script = SCRIPT.format(imports="\n".join(f"import {name}" for name in names))
    command = [sys.executable, "-c", script]
    told = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()  # noqa: S603
    return float(told[0]), float(told[1])
