"""Takes what changed in the lake; gives the runs it asks for, and tells what is wrong."""

from collections.abc import Sequence

import dagster as dg

from karat.assets import Dataset
from karat.sensors import degraded

__all__ = ["sensors_of"]


def sensors_of(datasets: Sequence[Dataset]) -> list[dg.SensorDefinition]:
    """Return the sensors of all `datasets`."""
    return [degraded.define(dataset) for dataset in datasets]
