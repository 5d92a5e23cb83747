"""Times of ours and a rival's, taken in turn, so that a busy machine slows both."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from benchmarks.goals import Goal

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, ours, the rival's, and how ours compares.

    `goal` is what the design asks of the number, where it asks something.
    """

    what: str
    ours: str
    rival: str = ""
    ratio: float | None = None
    goal: Goal | None = None

    def plain(self) -> dict[str, object]:
        """Return it as plain values."""
        told = {"what": self.what, "ours": self.ours, "rival": self.rival, "ratio": self.ratio}
        return told | {"goal": self.goal.plain() if self.goal else None}


@dataclass(frozen=True, slots=True)
class Took:
    """Median seconds of one run: on the wall, and of processor time over all threads."""

    wall_s: float
    cpu_s: float


class Spread(NamedTuple):
    """The median and the 95th percentile of wall seconds, and the median of processor time."""

    middle: float
    late: float
    cpu: float

    def __str__(self) -> str:
        """Return it in words.

        >>> str(Spread(0.0412, 0.05, 0.03))
        'p50 41.2 ms, p95 50.0 ms, processor 30.0 ms'
        """
        middle, late, cpu = (f"{1e3 * seconds:.1f} ms" for seconds in self)
        return f"p50 {middle}, p95 {late}, processor {cpu}"


def timed(*works: Work, runs: int = 5) -> list[Took]:
    """Return what each of `works` took: once to warm up, then `runs` rounds of all, in turn."""
    for work in works:
        work()
    rounds = [[_once(work) for work in works] for _ in range(runs)]
    return [
        Took(*(statistics.median(column) for column in zip(*own, strict=True)))
        for own in zip(*rounds, strict=True)
    ]


def spread_of(work: Work, runs: int = 5, before: Work = lambda: None) -> Spread:
    """Return the spread of `runs` runs, not warmed; `before` each of them, something not timed."""
    took = []
    for _ in range(runs):
        before()
        took.append(_once(work))
    wall, cpu = sorted(one[0] for one in took), [one[1] for one in took]
    late = wall[min(len(wall) - 1, -(-95 * len(wall) // 100) - 1)]
    return Spread(statistics.median(wall), late, statistics.median(cpu))


def _once(work: Work) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def rate(count: float, seconds: float) -> str:
    """Return a rate in words.

    >>> rate(350_000, 1), rate(4_400_000, 2)
    ('350 k/s', '2.20 M/s')
    """
    per_second = count / seconds
    return f"{per_second / 1e6:.2f} M/s" if per_second >= 1e6 else f"{per_second / 1e3:.0f} k/s"


def machine() -> dict[str, str]:
    """Return what the numbers were taken on."""
    known = Path("/proc/cpuinfo")
    lines = known.read_text().splitlines() if known.exists() else []
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.processor() or "unknown",
        "cores": str(len(os.sched_getaffinity(0))),
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
    }
