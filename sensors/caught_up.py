"""What was judged at a lesser level under load is judged again in full when less waits."""

from collections.abc import Iterator

import dagster as dg

from karat.assets import Dataset
from karat.assets.overload import LOWERED, overloaded
from karat.resources import LakeResource
from karat.resources.dagster_private import run_request
from karat.resources.run_tags import INSTEAD, PARTITION, RANGE, SOME, TENANT
from karat.sensors.asking import Jobs, asked_for

EVERY_S, MOST = 9, 500


def define(dataset: Dataset, jobs: Jobs) -> dg.SensorDefinition:
    """Return the sensor; while too many wait it asks for nothing."""
    own = asked_for(dataset, jobs)
    names = {job.name for job in own}

    @dg.sensor(
        name=dataset.called("caught_up"),
        jobs=own,
        minimum_interval_seconds=EVERY_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Has judged again in full what a budget left open while too much waited.",
    )
    def caught_up(context: dg.SensorEvaluationContext, lake: LakeResource) -> dg.SensorResult:
        contract = dataset.connect(lake).contract
        if overloaded(context.instance, contract):
            return dg.SensorResult(skip_reason=dg.SkipReason("too much waits"))
        left = list(_left_open(context.instance, dataset))[: contract.runs.at_once]
        usual = dataset.called("revalidate")
        return dg.SensorResult(
            run_requests=[_again(run, names, usual) for run in left],
            skip_reason=None if left else dg.SkipReason("nothing was left open"),
        )

    return caught_up


def _left_open(instance: dg.DagsterInstance, dataset: Dataset) -> Iterator[dg.DagsterRun]:
    """Yield runs that judged at a lesser level and that no other did again, the oldest first."""
    asked = dg.RunsFilter(tags={LOWERED: dataset.name})
    for run in reversed(instance.get_runs(filters=asked, limit=MOST)):
        again = dg.RunsFilter(tags={INSTEAD: run.run_id})
        if run.is_finished and not instance.get_runs_count(again):
            yield run


def _again(run: dg.DagsterRun, names: set[str], usual: str) -> dg.RunRequest:
    kept = (PARTITION, RANGE, SOME, TENANT)
    tags = {name: value for name, value in run.tags.items() if name.startswith(kept)}
    job = run.job_name if run.job_name in names else usual
    return run_request(job, f"instead-of-{run.run_id}", tags | {INSTEAD: run.run_id})
