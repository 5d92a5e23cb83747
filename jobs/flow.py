"""The flow of each dataset on one lake: what exists, what checks it, what runs it."""

from collections.abc import Sequence

import dagster as dg

from karat.assets import Dataset, assets_of, checks_of, main_audit
from karat.jobs.retention import retention_of
from karat.jobs.rollback import rollback_of
from karat.jobs.units import audit_of, jobs_of
from karat.resources import LakeResource, NoticesResource
from karat.resources.dagster_private import without_previews


def flow_of(
    datasets: Sequence[Dataset], lake: LakeResource, notices: NoticesResource
) -> dg.Definitions:
    """Return assets, checks and jobs of all `datasets`, the first one first, kept in `lake`.

    What the audit finds is told by `notices`.
    """
    with without_previews():
        return dg.Definitions(
            assets=[asset for dataset in datasets for asset in assets_of(dataset)],
            asset_checks=[check for dataset in datasets for check in checks_of(dataset)]
            + [main_audit.define(datasets)],
            jobs=[job for dataset in datasets for job in jobs_of(dataset)]
            + [rollback_of(dataset, datasets) for dataset in datasets]
            + [audit_of(datasets), retention_of()],
            resources={"lake": lake, "notices": notices},
            executor=dg.in_process_executor,
        )
