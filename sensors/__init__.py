"""Takes what changed in the lake; gives the runs it asks for, and tells what is wrong."""

from collections.abc import Sequence

import dagster as dg

from karat.assets import Dataset
from karat.sensors import (
    caught_up,
    content_changed,
    contract_changed,
    degraded,
    ended_backfills,
    golden_changed,
    lost_runs,
    overdue,
    proved,
)
from karat.sensors.asking import Jobs

__all__ = ["sensors_of"]


def sensors_of(datasets: Sequence[Dataset], jobs: Jobs) -> list[dg.SensorDefinition]:
    """Return the sensors of all `datasets`, which ask for runs of these `jobs`, and two of all."""
    asking = (content_changed, contract_changed, golden_changed, caught_up)
    of_each = [
        sensor
        for dataset in datasets
        for sensor in (
            *(one.define(dataset, jobs) for one in asking),
            overdue.define(dataset),
            degraded.define(dataset),
            *([proved.define(dataset)] if dataset.trains else ()),
        )
    ]
    return [*of_each, lost_runs.define(jobs), ended_backfills.define()]
