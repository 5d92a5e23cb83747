"""What Dagster loads: names what exists and computes nothing."""

import dagster as dg

from karat.assets import Dataset
from karat.cli.settings import Settings
from karat.jobs import flow_of
from karat.resources import contracts_of, lake_resource
from karat.sensors import SENSORS


def datasets_of(settings: Settings) -> list[Dataset]:
    """Return the datasets that `settings` has contracts for, the first one first."""
    return [
        Dataset(contract, None if file == settings.contract else str(file))
        for file, contract in contracts_of(settings).items()
    ]


def compose(settings: Settings) -> dg.Definitions:
    """Return the flows of all datasets on the lake that `settings` names, with what starts them."""
    flow = flow_of(datasets_of(settings), lake_resource(settings))
    return dg.Definitions.merge(flow, dg.Definitions(sensors=SENSORS))


defs = compose(Settings.from_environment())
