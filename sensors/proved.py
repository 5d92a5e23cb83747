"""A new commit with proved steps is cut and trained on: for who switches it on."""

import dagster as dg

from karat.assets import Dataset
from karat.digest import digest
from karat.flow import published_root
from karat.lake.layout import MAIN
from karat.resources import LakeResource
from karat.resources.dagster_private import run_request

EVERY_S = 30


def define(dataset: Dataset) -> dg.SensorDefinition:
    """Return the sensor; it asks for the job `train` when the published root is another one."""

    @dg.sensor(
        name=dataset.called("proved"),
        job_name=dataset.called("train"),
        minimum_interval_seconds=EVERY_S,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Cuts and trains when other steps are published. Off until it is switched on.",
    )
    def proved(context: dg.SensorEvaluationContext, lake: LakeResource) -> dg.SensorResult:
        there = dataset.connect(lake).lake
        root = published_root(there, dataset.name)
        if root == context.cursor or next(there.list(MAIN, f"{dataset.name}/"), None) is None:
            return dg.SensorResult(skip_reason=dg.SkipReason("nothing else was published"))
        return dg.SensorResult(run_requests=[_request(dataset, root)], cursor=root)

    return proved


def _request(dataset: Dataset, root: str) -> dg.RunRequest:
    """Return a run that cuts the dataset of its own name, as the last time, and trains on it."""
    asked = {"training": {"name": dataset.name}, "policy": {"dataset": dataset.name}}
    ops = {dataset.key(what).to_python_identifier(): {"config": c} for what, c in asked.items()}
    key = digest("proved/1", dataset.name, root)[:32]
    return run_request(dataset.called("train"), key, {}, {"ops": ops})
