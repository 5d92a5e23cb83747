"""Training steps while a validator works beside, in pairs: with it going on, and with it stopped.

Unpaired figures scatter by a tenth, so the validator is stopped and let go on by signals around
slices of some batches each, in turn. Training that uses all cores waits for the slowest of its
threads at every step; there the validator must notice, and give way.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.beside import made
from benchmarks.goals import Goal
from benchmarks.timing import Row

PAIRS, BATCHES, WARM = 25, 60, 20
BATCH, FEATURES, HIDDEN = 1024, 20, 128
SETTLE_S = 0.5
"""After it goes on, the validator takes so long to find out how full the machine is."""


def run(pairs: int = PAIRS, batches: int = BATCHES) -> list[Row]:
    """Return the rows; none where PyTorch is not installed."""
    try:
        import torch
    except ImportError:
        return [Row("training beside validation", "PyTorch is not installed")]
    cores = len(os.sched_getaffinity(0))
    goals = {1: Goal(0, 3, 1, "%"), cores: Goal(0, 6, 3, "%")}
    with tempfile.TemporaryDirectory() as folder:
        file = made(Path(folder))
        return [
            _row(torch, threads, cores, goal, (file, pairs, batches))
            for threads, goal in goals.items()
        ]


def _row(torch: Any, threads: int, cores: int, goal: Goal, how: tuple[Path, int, int]) -> Row:
    file, pairs, batches = how
    torch.set_num_threads(threads)
    step = stepper(torch)
    took = {}
    for manners in ("gives way", "does not"):
        with validator(file, manners) as process:
            took[manners] = overhead(step, process, pairs, batches)
    ours, rude = 100 * took["gives way"], 100 * took["does not"]
    where = "one core free" if threads < cores else "all cores busy"
    return Row(
        f"training on {threads} of {cores} cores ({where}), longer beside validation",
        f"{ours:+.1f} %",
        f"{rude:+.1f} %: a validator that does not give way",
        goal=Goal(ours, goal.must, goal.moonshot, goal.unit),
    )


def stepper(torch: Any) -> Callable[[], None]:
    """Return a function that trains a small network on one batch."""
    random = np.random.default_rng(2)
    seen = torch.from_numpy(random.normal(size=(BATCH, FEATURES)).astype(np.float32))
    told = torch.from_numpy(random.normal(size=(BATCH, 1)).astype(np.float32))
    layers = [torch.nn.Linear(FEATURES, HIDDEN), torch.nn.Tanh(), torch.nn.Linear(HIDDEN, HIDDEN)]
    network = torch.nn.Sequential(*layers, torch.nn.Tanh(), torch.nn.Linear(HIDDEN, 1))
    adam = torch.optim.Adam(network.parameters())

    def step() -> None:
        adam.zero_grad()
        ((network(seen) - told) ** 2).mean().backward()
        adam.step()

    return step


def overhead(
    step: Callable[[], None], process: subprocess.Popen[str], pairs: int, batches: int
) -> float:
    """Return by which share steps take longer while the process goes on: the median of pairs."""
    for _ in range(WARM):
        step()
    found = []
    for pair in range(pairs):
        took = {}
        for going in (pair % 2 == 0, pair % 2 == 1):
            process.send_signal(signal.SIGCONT if going else signal.SIGSTOP)
            end = time.monotonic() + SETTLE_S
            while time.monotonic() < end:
                step()
            began = time.perf_counter()
            for _ in range(batches):
                step()
            took[going] = time.perf_counter() - began
        found.append(took[True] / took[False] - 1)
    process.send_signal(signal.SIGCONT)
    return statistics.median(found)


@contextmanager
def validator(file: Path, manners: str) -> Iterator[subprocess.Popen[str]]:
    """Give a validator that works, until the block ends."""
    asked = [sys.executable, "-m", "benchmarks.beside", str(file), manners]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        try:
            if process.stdout is None or process.stdout.readline() != "ready\n":
                raise RuntimeError("the validator ended before it began")
            yield process
        finally:
            process.kill()
