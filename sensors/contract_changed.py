"""A contract, or code, that judges otherwise than before: what is there is judged again."""

import dagster as dg

from karat.assets import Dataset
from karat.resources import LakeResource
from karat.sensors.asking import Jobs, answer, asked_for
from karat.watch import look_at_rules

EVERY_S = 5


def define(dataset: Dataset, jobs: Jobs) -> dg.SensorDefinition:
    """Return the sensor; a lake that does not answer fails its tick, and nothing is passed over."""

    @dg.sensor(
        name=dataset.called("contract_changed"),
        jobs=asked_for(dataset, jobs),
        minimum_interval_seconds=EVERY_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Has everything judged again under another contract, judge or statistic.",
    )
    def contract_changed(
        context: dg.SensorEvaluationContext, lake: LakeResource
    ) -> dg.SensorResult:
        on = dataset.connect(lake)
        look = look_at_rules(on.lake, on.contract, context.cursor or "", store=on.store)
        return answer(context, dataset, on, look)

    return contract_changed
