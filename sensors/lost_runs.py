"""What was let out of the queue and never began is failed; what nobody tries again is asked for."""

from collections.abc import Iterator

import dagster as dg

from karat.resources.dagster_private import run_request
from karat.resources.lost_runs import fail_lost_runs
from karat.resources.untried import tried_again, untried
from karat.sensors.asking import Jobs

EVERY_S = 4  # at each look of Dagster's, every 5 s


def define(jobs: Jobs) -> dg.SensorDefinition:
    """Return the sensor that looks for such runs, of all datasets; it reads no lake.

    Runs of other jobs than `jobs`, as by a click on an asset, are left to Dagster's daemon.
    """
    names = {job.name for job in jobs}

    @dg.sensor(
        name="lost_runs",
        jobs=jobs,
        minimum_interval_seconds=EVERY_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Runs whose process was killed before they began: failed, and tried again; "
        "and failed ones that Dagster was to try again and has not.",
    )
    def lost_runs(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        instance = context.instance
        found = fail_lost_runs(instance)
        said = "; ".join(f"{run}: {why}" for run, why in found.items())
        if asked := list(_again(instance, names)):
            return dg.SensorResult(run_requests=asked)
        return dg.SkipReason(f"failed: {said}" if found else "no run is lost")

    return lost_runs


def _again(instance: dg.DagsterInstance, names: set[str]) -> Iterator[dg.RunRequest]:
    for run in untried(instance):
        if run.job_name in names:
            key, tags = f"instead-of-{run.run_id}", tried_again(instance, run)
            yield run_request(run.job_name, key, tags, run.run_config)
