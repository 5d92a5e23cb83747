"""Captures that came or changed: rebuilt, judged and published, by a few runs at a time."""

import dagster as dg

from karat.assets import Dataset
from karat.sensors import asking
from karat.watch import look_at_captures

ABOUT = "Asks for runs where bytes of captures differ from the last look's."


def define(dataset: Dataset, jobs: asking.Jobs) -> dg.SensorDefinition:
    """Return the sensor."""
    return asking.define(dataset, jobs, "content_changed", ABOUT, look_at_captures)
