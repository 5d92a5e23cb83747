"""What Dagster loads: names what exists and computes nothing."""

import dagster as dg

from karat.cli.settings import Settings
from karat.contracts import load_contract
from karat.jobs import flow_of
from karat.resources import lake_resource
from karat.sensors import SENSORS


def compose(settings: Settings) -> dg.Definitions:
    """Return the flow of the contract that `settings` names, on its lake, with what starts it."""
    flow = flow_of(load_contract(settings.contract), lake_resource(settings))
    return dg.Definitions.merge(flow, dg.Definitions(sensors=SENSORS))


defs = compose(Settings.from_environment())
