"""What was let out of the queue and never began is failed, so that it is tried again."""

import dagster as dg

from karat.resources.lost_runs import fail_lost_runs

EVERY_S = 4  # at each look of Dagster's, every 5 s


def define() -> dg.SensorDefinition:
    """Return the sensor that looks for such runs, of all datasets; it reads no lake."""

    @dg.sensor(
        name="lost_runs",
        minimum_interval_seconds=EVERY_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Runs whose process was killed before they began: failed, and tried again.",
    )
    def lost_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        found = fail_lost_runs(context.instance)
        said = "; ".join(f"{run}: {why}" for run, why in found.items())
        return dg.SkipReason(f"failed: {said}" if found else "no run is lost")

    return lost_runs
