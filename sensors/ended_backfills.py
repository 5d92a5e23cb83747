"""Backfills by command end as their runs did: Dagster calls them completed before these begin."""

import dagster as dg

from karat.resources.ended_backfills import tell_backfills

EVERY_S = 10


def define() -> dg.SensorDefinition:
    """Return the sensor that tells how they ended, of all datasets; it reads no lake."""

    @dg.sensor(
        name="ended_backfills",
        minimum_interval_seconds=EVERY_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Backfills by `dagster job backfill`: failed, where one of their runs did.",
    )
    def ended_backfills(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        told = tell_backfills(context.instance)
        said = "; ".join(f"{one}: {status}" for one, status in told.items())
        return dg.SkipReason(said or "no backfill ended")

    return ended_backfills
