"""A code location with one job more: each step of a rebuild in a process of its own."""

import dagster as dg

from karat import definitions
from karat.resources.run_tags import AGAIN

PATIENCE = dg.RetryPolicy(max_retries=2)

_rebuild = dg.AssetSelection.assets("book_events", "published_events")

defs = dg.Definitions.merge(
    definitions.defs,
    dg.Definitions(
        jobs=[
            dg.define_asset_job(
                "rebuild_apart",
                selection=_rebuild - dg.AssetSelection.checks_for_assets("published_events"),
                executor_def=dg.multiprocess_executor,
                op_retry_policy=PATIENCE,
                tags=AGAIN,
            )
        ]
    ),
)
