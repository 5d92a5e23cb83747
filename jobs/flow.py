"""The flow on one lake, as Dagster sees it: what exists, what checks it, what runs it."""

import dagster as dg

from karat.assets import assets_of, checks_of
from karat.contracts import Contract
from karat.jobs.units import JOBS
from karat.resources import LakeResource
from karat.resources.dagster_private import without_previews


def flow_of(contract: Contract, lake: LakeResource) -> dg.Definitions:
    """Return assets, checks and jobs of the dataset that `contract` rules, kept in `lake`."""
    with without_previews():
        return dg.Definitions(
            assets=assets_of(contract),
            asset_checks=checks_of(contract),
            jobs=JOBS,
            resources={"lake": lake},
            executor=dg.in_process_executor,
        )
