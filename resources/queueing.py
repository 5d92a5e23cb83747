"""Runs as they come into the queue, whoever launches them: each bears the tags it is to bear.

Jobs give tags to their own runs only. A click on an asset, a backfill and a command run a job that
Dagster makes itself, which has none.
"""

import dagster as dg

from karat.resources.dagster_private import QueuedRunCoordinator, SubmitRunContext
from karat.resources.run_tags import lacking


class TaggingRunCoordinator(QueuedRunCoordinator):
    """Dagster's own queue; what a run lacks of `karat.resources.run_tags` is added before it."""

    def submit_run(self, context: SubmitRunContext) -> dg.DagsterRun:
        """Queue a run, and return it as it is there."""
        run = context.dagster_run
        if more := lacking(run.tags):
            self._instance.add_run_tags(run.run_id, more)
        return super().submit_run(context)
