"""Runs that were let out of the queue and never will begin: nobody else would notice.

A run whose process dies is failed by the code server that began it, and once it has begun, by the
daemon. Where the code server is killed with a process that still loads the code, or the daemon
before it has asked for one, Dagster itself waits for `start_timeout_seconds`: as long as the
slowest machine takes to start.
"""

import dagster as dg

from karat.resources.dagster_private import held_by_server, started_as
from karat.resources.launching import WatchedRunLauncher, alive
from karat.telemetry import Clock, now_s

UNHEARD_S = 10
"""A process that no code server has, and that has said nothing for so long, is gone."""
STARTING = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING])


def fail_lost_runs(instance: dg.DagsterInstance, clock: Clock = now_s) -> dict[str, str]:
    """Fail all runs that are starting and never will; return why, by run.

    Who tries runs again then tries them. Runs that another launcher than ours begins are left to
    it. A process that was late and not gone finds its run failed, and ends.
    """
    if not isinstance(instance.run_launcher, WatchedRunLauncher):
        return {}
    found = {}
    for run in instance.get_runs(STARTING):
        why = _why_lost(instance, run, clock)
        if why and _still_starting(instance, run):
            instance.report_run_failed(run, f"This run never began: {why}.")
            found[run.run_id] = why
    return found


def _why_lost(instance: dg.DagsterInstance, run: dg.DagsterRun, clock: Clock) -> str:
    """Return why a run will not begin, or "" where it may."""
    if known := started_as(instance, run):
        gone = not alive(known.process, known.at_s)
        return f"its process {known.process} is gone" if gone else ""
    let_out = instance.get_run_stats(run.run_id).launch_time
    if let_out is None or clock() - let_out < UNHEARD_S or held_by_server(run) is not False:
        return ""
    return f"no code server has a process of it, {clock() - let_out:.0f} s after it left the queue"


def _still_starting(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    now = instance.get_run_by_id(run.run_id)
    return now is not None and now.status is dg.DagsterRunStatus.STARTING
