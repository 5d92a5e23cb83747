"""Failed runs that were to be tried again and are not: nobody else would notice.

Dagster's daemon tries no run again of a backfill that counts as over, and one by
`dagster job backfill` counts as completed before its runs have begun. The thread of the daemon
that tries runs again may also stand still, while all others go on and it counts as healthy.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import dagster as dg
from dagster._core.execution.backfill import BulkActionStatus

from karat.resources.run_tags import INSTEAD, PARTITION, RANGE
from karat.telemetry import Clock, now_s

UNTRIED_S = 15
"""Dagster looks for runs to be tried again every 5 s."""
WITHIN_S = 3600
"""What nobody tried again for longer is history: somebody may have done it in another way."""
BACKFILL, ROOT = "dagster/backfill", "dagster/root_run_id"
WILL, TRIED_BY = "dagster/will_retry", "dagster/auto_retry_run_id"
TRIES = "dagster/max_retries"
OWN = "dagster/", ".dagster/"
GO_ON = BulkActionStatus.REQUESTED, BulkActionStatus.COMPLETED
"""How a backfill stands that goes on; the second is one by command, whose runs are all begun."""
KEPT = (PARTITION, RANGE, BACKFILL)
"""Of Dagster's own tags those that say what a run is over, and for whom."""


def untried(instance: dg.DagsterInstance, clock: Clock = now_s) -> Iterator[dg.DagsterRun]:
    """Yield failed runs of which Dagster says that it tries them again, and for 15 s has not.

    Of those that `tried_again` led to another run meanwhile Dagster is told, so that its daemon
    does not try them too.
    """
    since = datetime.fromtimestamp(clock() - WITHIN_S, UTC)
    failed = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.FAILURE], tags={WILL: "true"}, updated_after=since
    )
    for record in reversed(instance.get_run_records(failed)):
        run, ended_s = record.dagster_run, record.end_time
        if TRIED_BY in run.tags or ended_s is None or clock() - ended_s < UNTRIED_S:
            continue
        instead = instance.get_run_ids(dg.RunsFilter(tags={INSTEAD: run.run_id}), limit=1)
        if instead:
            instance.add_run_tags(run.run_id, {TRIED_BY: instead[0]})
        elif _goes_on(instance, run):
            yield run


def _goes_on(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Return whether a run belongs to no backfill, or to one that nobody called off or ended."""
    name = run.tags.get(BACKFILL)
    found = instance.get_backfill(name) if name else None
    return name is None or (found is not None and found.status in GO_ON)


def tried_again(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Mapping[str, str]:
    """Return the tags of a run that tries `run` again: it has the tries that are left, less one."""
    again = dg.RunsFilter(tags={ROOT: run.root_run_id or run.run_id})  # as Dagster counts them
    tries = 1 + instance.get_runs_count(again)
    allowed = int(run.tags.get(TRIES, instance.run_retries_max_retries))
    kept = {
        name: value for name, value in run.tags.items()
        if name.startswith(KEPT) or not name.startswith(OWN)
    }  # fmt: skip
    root = run.tags.get(ROOT, run.run_id)
    own = {INSTEAD: run.run_id, ROOT: root, TRIES: str(max(0, allowed - tries))}
    return kept | own
