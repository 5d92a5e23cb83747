"""What a code server loads here: the shipped flow, where training is begun by a condition too.

Sensors of the shipped flow that ask for runs are left out: only what a test begins is at work.
"""

import dagster as dg

from karat.cli.settings import Settings
from karat.definitions import compose
from karat.sensors import ended_backfills

AT_ONCE = dg.AutomationCondition.any_deps_updated()
EVERY_S = 4


def _begun(spec: dg.AssetSpec) -> dg.AssetSpec:
    if spec.key != dg.AssetKey("training_dataset"):
        return spec
    return spec.replace_attributes(automation_condition=AT_ONCE)


def _composed(flow: dg.Definitions) -> dg.Definitions:
    return dg.Definitions(
        assets=[
            one.map_asset_specs(_begun) if isinstance(one, dg.AssetsDefinition) else one
            for one in flow.assets or []
        ],
        asset_checks=flow.asset_checks,
        jobs=flow.jobs,
        schedules=flow.schedules,
        resources=flow.resources,
        executor=flow.executor,
        sensors=[
            dg.AutomationConditionSensorDefinition(
                "by_condition",
                target=dg.AssetSelection.all(),
                minimum_interval_seconds=EVERY_S,
                default_status=dg.DefaultSensorStatus.RUNNING,
            ),
            ended_backfills.define(),
        ],
    )


defs = _composed(compose(Settings.from_environment()))
