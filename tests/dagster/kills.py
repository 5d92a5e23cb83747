"""SIGKILL to what a rebuild runs in, at a moment of it; then it is waited for until it is done."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from enum import StrEnum
from random import Random

import dagster as dg

from karat.lake.layout import Partition
from tests.dagster.processes import CODE, DAEMON, until
from tests.dagster.served import FINISHED, Served

STEPS = {"book_events": 0.8, "verdicts": 0.3, "published_events": 0.15}
"""The steps of a rebuild, with seconds in which none has ended on a machine with nothing to do."""
LOADING = "", 2.0
"""No step yet: the run has left the queue and its process loads the code for some seconds."""
PATIENCE_S = 300.0
STEP_BEGAN = {dg.DagsterEventType.STEP_START}
WAITING = {"QUEUED", "NOT_STARTED", "NOT THERE"}
ROOT_RUN = "dagster/root_run_id"


class Target(StrEnum):
    """What is killed."""

    RUN = "run"
    STEP = "step"
    OWNER = "run, not its step"
    CODE = "code server"
    DAEMON = "daemon"
    MACHINE = "code server, daemon and run"
    NEWBORN = "all that while the run loads"

    @property
    def job(self) -> str:
        """Return the job it happens to: steps have processes of their own where they must."""
        return "rebuild_apart" if self in {Target.STEP, Target.OWNER} else "rebuild"


@dataclass(frozen=True)
class Kill:
    """SIGKILL to `target`, `delay_s` after `step` has begun."""

    target: Target
    step: str
    delay_s: float


def drawn(seed: int, target: Target) -> list[Kill]:
    """Return a kill at some moment of rebuilding, judging or publishing, and two ever earlier.

    The others are for a machine on which the first comes when all is over.
    """
    draw = Random(seed)  # noqa: S311 - a test's
    step, within_s = LOADING if target is Target.NEWBORN else draw.choice(list(STEPS.items()))
    moments = (step, draw.uniform(0, within_s)), (step, 0.0), (next(iter(STEPS)), 0.0)
    return [Kill(target, *moment) for moment in moments]


@dataclass(frozen=True)
class Finished:
    """A rebuild that is done: its first run, all its runs, and seconds until it was.

    `struck` tells whether the first run was still going on when it was to be killed, and `lost_s`
    how much later a step was begun again; 0 where none had to be.
    """

    run: str
    runs: tuple[str, ...]
    seconds: float
    struck: bool = False
    lost_s: float = 0.0


def rebuilt(
    served: Served, day: Partition, kill: Kill | None = None, *, job: str = "rebuild"
) -> Finished:
    """Rebuild a day, killed on the way, and wait until it is done; TimeoutError when it never is.

    What a supervisor would start again, a code server and a daemon, is started again at once.
    """
    until(served.ready, "what was killed before is back")
    began = time.monotonic()
    run = served.launch(kill.target.job if kill else job, day)
    struck_s = _strike(served, run, kill) if kill else 0.0
    until(lambda: _done(served, run), f"the rebuild of {day} with {kill}", PATIENCE_S)
    seconds = time.monotonic() - began
    runs = tuple(one.run_id for one in attempts(served, run))
    return Finished(run, runs, seconds, bool(struck_s), _lost_s(served, runs, struck_s))


def attempts(served: Served, run: str) -> list[dg.DagsterRun]:
    """Return a run and those that tried again after it."""
    first = served.instance.get_run_by_id(run)
    later = served.instance.get_runs(dg.RunsFilter(tags={ROOT_RUN: run}))
    return [*([first] if first else []), *reversed(later)]


def _done(served: Served, run: str) -> bool:
    found = [one.status.value for one in attempts(served, run)]
    return "SUCCESS" in found and set(found) <= FINISHED


def _strike(served: Served, run: str, kill: Kill) -> float:
    """Wait for the moment, kill, and return when that was; 0 if the run had ended before."""

    def begun() -> bool:
        step = kill.step in _begun(served, run) if kill.step else served.status(run) not in WAITING
        return step or served.status(run) in FINISHED

    until(begun, f"{kill.step or 'the process'} of run {run} begins", PATIENCE_S)
    time.sleep(kill.delay_s)
    going_on = served.status(run) not in FINISHED
    at_s = time.time()
    processes, whole = served.processes, kill.target in {Target.MACHINE, Target.NEWBORN}
    if whole or kill.target is Target.CODE:
        processes.kill(CODE, with_its_runs=whole)
    if whole or kill.target is Target.DAEMON:
        processes.kill(DAEMON)
    if kill.target in {Target.RUN, Target.OWNER}:
        sigkill(process_of(served, run, "ENGINE_EVENT"))
    if kill.target is Target.STEP:
        sigkill(process_of(served, run, "STEP_WORKER_STARTED", kill.step))
    for name in (CODE, DAEMON):
        if name not in processes.running:
            processes.start(name)
    return at_s if going_on else 0.0


def _lost_s(served: Served, runs: tuple[str, ...], struck_s: float) -> float:
    """Return how long after it was struck the last run, or the step of the only one, was begun."""
    kinds = STEP_BEGAN if len(runs) > 1 else {dg.DagsterEventType.STEP_RESTARTED}
    again = served.instance.all_logs(runs[-1], of_type=kinds)
    return again[0].timestamp - struck_s if again and struck_s else 0.0


def _begun(served: Served, run: str) -> set[str]:
    logs = served.instance.all_logs(run, of_type=STEP_BEGAN)
    return {entry.step_key for entry in logs if entry.step_key}


def process_of(served: Served, run: str, kind: str, step: str | None = None) -> int:
    """Return the process that a run, or the last try of its step, told it began in."""
    events = [entry.dagster_event for entry in served.instance.all_logs(run)]
    told = [
        str(event.engine_event_data.metadata["pid"].value)
        for event in events
        if event is not None
        and event.event_type_value == kind
        and event.step_key == step
        and "pid" in event.engine_event_data.metadata
    ]
    return int(told[0] if step is None else told[-1])


def sigkill(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # done before it was struck
        os.kill(process, signal.SIGKILL)
