"""Runs on this machine that are looked after: one whose process is gone is failed, and tried again.

A killed run is noticed by the code server that began it. When that is gone too, nobody would: the
run would count as started for ever. Dagster's daemon asks here instead.
"""

import os
from pathlib import Path

import dagster as dg

from karat.resources.dagster_private import (
    CheckRunHealthResult,
    DefaultRunLauncher,
    WorkerStatus,
    started_as,
)

CLOCK_S = 5
"""So much later than its run was told to have begun, a process is another one by the same id."""


class WatchedRunLauncher(DefaultRunLauncher):
    """Begins runs as Dagster's own launcher does, and can tell whether one is still there."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Return that it can tell."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Return FAILED for a run whose process on this machine has ended without a word.

        What began elsewhere, or is not known yet, counts as running: its machine looks after it.
        """
        known = started_as(self._instance, run)
        if known is None or alive(known.process, known.at_s):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, f"process {known.process} is gone")


def alive(process: int, at_s: float) -> bool:
    """Return whether a process that ran at `at_s` (seconds since 1970) is still there.

    A later one by the same id is not it, nor is one that has ended and waits for its parent.
    Without ``/proc`` any process by that id counts.
    """
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    stat = Path(f"/proc/{process}/stat")
    try:
        fields = stat.read_text().rpartition(")")[2].split()
    except OSError:
        return not Path("/proc/self/stat").exists()
    began_s = _booted_s() + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return fields[0] not in "ZX" and began_s <= at_s + CLOCK_S


def _booted_s() -> int:
    """Return when this machine came up, in seconds since 1970."""
    lines = Path("/proc/stat").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("btime")).split()[1])
