"""A contract, or code, that judges otherwise than before: what is there is judged again."""

import dagster as dg

from karat.assets import Dataset
from karat.sensors import asking
from karat.watch import look_at_rules

ABOUT = "Has everything judged again under another contract, judge or statistic."


def define(dataset: Dataset, jobs: asking.Jobs) -> dg.SensorDefinition:
    """Return the sensor."""
    return asking.define(dataset, jobs, "contract_changed", ABOUT, look_at_rules)
