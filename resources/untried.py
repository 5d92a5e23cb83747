"""Failed runs that were to be tried again and are not: nobody else would notice.

Dagster's daemon tries no run again of a backfill that counts as over, and one by
`dagster job backfill` counts as completed before its runs have begun. The thread of the daemon
that tries runs again may also stand still, while all others go on and it counts as healthy.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import dagster as dg

from karat.resources.run_tags import INSTEAD, PARTITION, RANGE, SOME, TENANT
from karat.telemetry import Clock, now_s

UNTRIED_S = 15
"""Dagster looks for runs to be tried again every 5 s."""
WITHIN_S = 3600
"""What nobody tried again for longer is history: somebody may have done it in another way."""
BACKFILL, ROOT = "dagster/backfill", "dagster/root_run_id"
WILL, TRIED_BY = "dagster/will_retry", "dagster/auto_retry_run_id"
TRIES = "dagster/max_retries"
KEPT = (PARTITION, RANGE, SOME, TENANT, BACKFILL, "dagster/partition_set")


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
        else:
            yield run


def tried_again(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Mapping[str, str]:
    """Return the tags of a run that tries `run` again: it has the tries that are left, less one."""
    group = instance.get_run_group(run.run_id)
    tries = len(group[1]) if group else 1
    allowed = int(run.tags.get(TRIES, instance.run_retries_max_retries))
    kept = {name: value for name, value in run.tags.items() if name.startswith(KEPT)}
    root = run.tags.get(ROOT, run.run_id)
    own = {INSTEAD: run.run_id, ROOT: root, TRIES: str(max(0, allowed - tries))}
    return kept | own
