"""Takes what changed in the lake; gives the runs it asks for."""

import dagster as dg

SENSORS: list[dg.SensorDefinition] = []
