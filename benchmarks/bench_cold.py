"""What a new process waits for compiled passes: all of them loaded from disk, beyond numba itself.

Processor time, which other work on the machine does not lengthen. Whoever uses the first of them
has `karat.states` in hand, so that and numba are imported before. Where scipy is installed, numba
alone would import its linear algebra with the first compiled function, to see whether it is there
(`karat.compiled` answers for it). So the same is asked with scipy and without.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import karat.states.kernels
from benchmarks.goals import Goal
from benchmarks.timing import Row

MUST_S, RUNS, SCIPY = 0.5, 5, "scipy"
SCRIPT = """
import time
begun = time.process_time()
import numpy, numba
loaded = time.process_time()
import sys, karat.states
sys.modules.update(dict.fromkeys({hidden!r}))
known = time.process_time()
{imports}
print(loaded - begun, time.process_time() - known)
"""


def run() -> list[Row]:
    """Return the rows; the first process compiles what is not on disk yet, and does not count."""
    names = list(kernels())
    loading(names)
    return [_row(names, [SCIPY]), _row(names, [])]


def _row(names: list[str], hidden: list[str]) -> Row:
    took = [loading(names, hidden) for _ in range(RUNS)]
    numba_s, ours_s = (median(column) for column in zip(*took, strict=True))
    beside = "without scipy" if hidden else "with scipy, where it is installed"
    what = f"{len(names)} modules of compiled passes loaded, {beside} (rival: import numba)"
    goal = Goal(ours_s, MUST_S, unit="s")
    return Row(what, f"{ours_s:.2f} s", f"{numba_s:.2f} s", numba_s / ours_s, goal)


def kernels() -> Iterator[str]:
    """Yield the names of the modules of compiled passes over rows."""
    package = karat.states.kernels
    for path in sorted(Path(package.__path__[0]).glob("*_kernel.py")):
        yield f"{package.__name__}.{path.stem}"


def loading(names: list[str], hidden: Sequence[str] = ()) -> tuple[float, float]:
    """Return the seconds of a new process for numba, and then for modules without those hidden."""
    imports = "\n".join(f"import {name}" for name in names)
    script = SCRIPT.format(imports=imports, hidden=list(hidden))
    command = [sys.executable, "-c", script]
    told = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()  # noqa: S603
    return float(told[0]), float(told[1])
