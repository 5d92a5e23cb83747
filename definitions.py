"""What Dagster loads: names what exists and computes nothing."""

import dagster as dg

from karat.assets import assets_of, checks_of
from karat.cli.settings import Settings
from karat.contracts import load_contract
from karat.jobs import JOBS
from karat.resources import lake_resource
from karat.resources.dagster_private import without_previews
from karat.sensors import SENSORS


def compose(settings: Settings) -> dg.Definitions:
    """Return the flow of the contract that `settings` names, on its lake."""
    contract = load_contract(settings.contract)
    return dg.Definitions(
        assets=assets_of(contract),
        asset_checks=checks_of(contract),
        jobs=JOBS,
        sensors=SENSORS,
        resources={"lake": lake_resource(settings)},
        executor=dg.in_process_executor,
    )


with without_previews():
    defs = compose(Settings.from_environment())
