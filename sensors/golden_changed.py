"""Other golden days or captures: what is held against them is judged again."""

import dagster as dg

from karat.assets import Dataset
from karat.sensors import asking
from karat.watch import look_at_golden

ABOUT = "Has judged again what is held against golden days or captures."


def define(dataset: Dataset, jobs: asking.Jobs) -> dg.SensorDefinition:
    """Return the sensor."""
    return asking.define(dataset, jobs, "golden_changed", ABOUT, look_at_golden)
