"""From a change in the lake to a failed check and a closed gate, and from a kill to the end.

A real web server, daemon and code server, on an own home, with the sensors as they are shipped. A
fault is one day of two committed again with lost deltas; its repair is not timed. What is killed is
a rebuild, at a random moment, in each of seven ways; lost is what it took longer than undisturbed.
Everything found is looked at: what comes out otherwise stops the benchmark.
"""

from __future__ import annotations

import datetime as dt
import os
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.goals import Goal
from benchmarks.timing import Row
from karat.simulation import simulate
from tests.dagster.journey import Journey, brought, repaired, spoilt
from tests.dagster.kills import Finished, Kill, Target, drawn, rebuilt
from tests.dagster.left import published_once
from tests.dagster.served import Served, on_its_own

FAULTS, UNDISTURBED = 10, 3
KILLS = 14 if os.environ.get("KARAT_SOAK") else 7
"""Each of seven ways once, or twice; `make soak` kills 35 rebuilds beside."""
DATES = [dt.date(2024, 1, 1), dt.date(2024, 1, 2)]
MESSAGES = 3_000
ASKING = ("content_changed", "contract_changed", "golden_changed", "degraded", "overdue")
FOUND = ("fault: run asked for", "fault: check failed", "fault: breaker open", "fault: told")


def run(faults: int = FAULTS, kills: int = KILLS) -> list[Row]:
    """Return the rows; an AssertionError or TimeoutError when a step comes out otherwise."""
    with _home() as home, on_its_own(home) as served:
        found = list(_faults(served, home, faults))
        for sensor in ASKING:
            served.stop_sensor(sensor)
        lost = list(_kills(served, home, kills))
    closed = [max(one["fault: check failed"], one["fault: breaker open"]) for one in found]
    return [
        Row(
            f"content change to failed check recorded and gate closed, n = {faults}",
            _words(closed),
            goal=Goal(_p95(closed), 20, 6, "s"),
        ),
        *(Row(f"  of it: {step}", _words([one[step] for one in found])) for step in FOUND),
        Row(
            f"killed at any moment to restarted and finished, seconds lost, n = {kills}",
            f"{_words(lost)}; most {max(lost):.1f} s; all published once",
            goal=Goal(max(lost), 30, 5, "s"),
        ),
    ]


@contextmanager
def _home() -> Iterator[Path]:
    with TemporaryDirectory(prefix="karat-dagster-") as folder:
        yield Path(folder)


def _faults(served: Served, home: Path, count: int) -> Iterator[dict[str, float]]:
    """Yield the seconds of each step, fault by fault, each repaired before the next."""
    days = simulate("sim-usdm-bench", DATES, seed=7, messages_per_day=MESSAGES)
    story = Journey(served, home / "captures", list(days))
    brought(story)
    for seed in range(count):
        spoilt(story, seed)
        yield dict(story.seconds)
        repaired(story)


def _kills(served: Served, home: Path, count: int) -> Iterator[float]:
    """Yield the seconds that each kill cost, against the median of undisturbed rebuilds."""
    numbers = iter(range(10_000))
    usual = {
        job: statistics.median(
            _rebuilt(served, home, next(numbers), job=job).seconds for _ in range(UNDISTURBED)
        )
        for job in sorted({target.job for target in Target})
    }
    targets = list(Target)
    for seed in range(count):
        target = targets[seed % len(targets)]
        tries = (
            _rebuilt(served, home, next(numbers), kill, job=target.job)
            for kill in drawn(seed, target)
        )
        struck = next((done for done in tries if done.struck), None)
        if struck is None:
            raise RuntimeError(f"seed {seed}: each time it was over, and no {target} was killed")
        yield max(0.0, struck.seconds - usual[target.job])


def _rebuilt(
    served: Served, home: Path, number: int, kill: Kill | None = None, *, job: str
) -> Finished:
    name = f"sim-usdm-k{number}"
    days = list(simulate(name, DATES[:1], seed=number, messages_per_day=MESSAGES))
    (day,) = served.bring(home / name, days)
    done = rebuilt(served, day, kill, job=job)
    published_once(served, day)
    return done


def _p95(seconds: list[float]) -> float:
    return sorted(seconds)[-(-95 * len(seconds) // 100) - 1]


def _words(seconds: list[float]) -> str:
    return f"median {statistics.median(seconds):.1f} s, p95 {_p95(seconds):.1f} s"
