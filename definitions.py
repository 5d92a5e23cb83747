"""What Dagster loads: names what exists and computes nothing."""

import dagster as dg

from karat.assets import Dataset
from karat.cli.settings import Settings
from karat.jobs import flow_of, schedules_of
from karat.resources import clock, contracts_of, lake_resource, notices_resource
from karat.sensors import sensors_of


def datasets_of(settings: Settings) -> list[Dataset]:
    """Return the datasets that `settings` has contracts for, the first one first."""
    return [
        Dataset(contract, None if file == settings.contract else str(file))
        for file, contract in contracts_of(settings).items()
    ]


def compose(settings: Settings) -> dg.Definitions:
    """Return the flows of all datasets on the lake that `settings` names, with what starts them."""
    datasets = datasets_of(settings)
    flow = flow_of(datasets, lake_resource(settings), notices_resource(settings))
    starts = dg.Definitions(
        sensors=sensors_of(datasets, list(flow.jobs or [])),
        schedules=schedules_of(datasets, clock()),
    )
    return dg.Definitions.merge(flow, starts)


defs = compose(Settings.from_environment())
