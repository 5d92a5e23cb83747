"""Backfills by command: how they ended, which Dagster itself does not tell.

`dagster job backfill` submits all runs and notes the backfill as completed there and then, before
any has begun; the page shows that as a success. What its daemon carries out it ends by its runs.
"""

from collections.abc import Sequence

import dagster as dg
from dagster._core.execution.backfill import (
    BulkActionsFilter,
    BulkActionStatus,
    PartitionBackfill,
)

from karat.telemetry import Clock, now_s

MOST = 100
AGAIN, ROOT = "dagster/will_retry", "dagster/root_run_id"


def tell_backfills(instance: dg.DagsterInstance, clock: Clock = now_s) -> dict[str, str]:
    """Tell Dagster how backfills by command ended, when all their runs have; return what was told.

    A run that failed or was stopped, and that no later try put right, is one that failed.
    """
    there = instance.get_backfills(
        filters=BulkActionsFilter(statuses=[BulkActionStatus.COMPLETED]), limit=MOST
    )
    told = {}
    for one in there:
        if status := _ended(instance, one):
            ended = one._replace(status=status)
            instance.update_backfill(ended.with_end_timestamp(float(clock())))
            told[one.backfill_id] = status.value
    return told


def _ended(instance: dg.DagsterInstance, one: PartitionBackfill) -> BulkActionStatus | None:
    """Return how its runs ended; None while one has not, or is tried again, and without any."""
    tags = dg.DagsterRun.tags_for_backfill_id(one.backfill_id)
    last = _last_tries(instance.get_runs(dg.RunsFilter(tags=tags)))
    if not last or not all(run.is_finished and not _is_tried_again(instance, run) for run in last):
        return None
    well = all(run.status is dg.DagsterRunStatus.SUCCESS for run in last)
    return BulkActionStatus.COMPLETED_SUCCESS if well else BulkActionStatus.COMPLETED_FAILED


def _last_tries(runs: Sequence[dg.DagsterRun]) -> list[dg.DagsterRun]:
    """Return the newest of each run and its retries; `runs` have the newest first."""
    found: dict[str, dg.DagsterRun] = {}
    for run in runs:
        found.setdefault(run.tags.get(ROOT, run.run_id), run)
    return list(found.values())


def _is_tried_again(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Return whether a failed run is, or may be: Dagster says so a moment after it has failed."""
    at_first = str(instance.run_retries_enabled).lower()
    return run.status is dg.DagsterRunStatus.FAILURE and run.tags.get(AGAIN, at_first) == "true"
