"""Late captures as a failed check, told without a run: when it changes, and when it is over."""

import dagster as dg

from karat.assets import Dataset
from karat.assets.overdue import NAME, about, spec_of
from karat.digest import digest
from karat.resources import LakeResource
from karat.resources.dagster_private import evaluation

EVERY_S = 30


def define(dataset: Dataset) -> dg.SensorDefinition:
    """Return the sensor that looks at the calendar; it starts no run."""

    @dg.sensor(
        name=dataset.called(NAME),
        minimum_interval_seconds=EVERY_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Fails the check `overdue` where a capture is late by the contract.",
    )
    def overdue(context: dg.SensorEvaluationContext, lake: LakeResource) -> dg.SensorResult:
        found = about(dataset.connect(lake))
        now = digest("overdue/1", found.description)[:32]
        told = evaluation(context.instance, spec_of(dataset), found)
        return dg.SensorResult(
            asset_events=[] if now == context.cursor else [told],
            cursor=now,
            skip_reason=dg.SkipReason(found.description),
        )

    return overdue
