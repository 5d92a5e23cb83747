"""What runs by the clock: the audit each night, a cut of training data and retention each week."""

from collections.abc import Iterator, Sequence

import dagster as dg

from karat.assets import Dataset
from karat.jobs.retention import NAME, Retention
from karat.resources import Clock

ON, OFF = dg.DefaultScheduleStatus.RUNNING, dg.DefaultScheduleStatus.STOPPED


def schedules_of(datasets: Sequence[Dataset], clock: Clock) -> list[dg.ScheduleDefinition]:
    """Return the schedules of all `datasets`, at the times of `clock`.

    The audit and what is let go of are on from the beginning (the latter only shows what would go,
    until somebody says for how many days things are kept); cuts are switched on by who trains.
    """
    return [_audit(clock), _retention(clock), *_cuts(datasets, clock)]


def _audit(clock: Clock) -> dg.ScheduleDefinition:
    return dg.ScheduleDefinition(
        name="nightly_audit",
        job_name="audit_main",
        cron_schedule=clock.audit,
        execution_timezone=clock.zone,
        default_status=ON,
        description="Every commit of main against the ledger, and a sample of files read again.",
    )


def _retention(clock: Clock) -> dg.ScheduleDefinition:
    config = Retention.of(clock.keep).model_dump()
    return dg.ScheduleDefinition(
        name="weekly_retention",
        job_name=NAME,
        cron_schedule=clock.retention,
        execution_timezone=clock.zone,
        run_config={"ops": {f"{NAME}_of_lake": {"config": config}}},
        default_status=ON,
        description="What was kept long enough goes, by KARAT_RETENTION; without it, it is shown.",
    )


def _cuts(datasets: Sequence[Dataset], clock: Clock) -> Iterator[dg.ScheduleDefinition]:
    for dataset in datasets:
        config = {"name": dataset.called("weekly"), "partitions": ["*"]}
        op = dataset.key("training_dataset").to_python_identifier()
        yield dg.ScheduleDefinition(
            name=dataset.called("weekly_cut"),
            job_name=dataset.called("train"),
            cron_schedule=clock.cut,
            execution_timezone=clock.zone,
            run_config={"ops": {op: {"config": config}}},
            default_status=OFF,
            description="A version of all partitions, if each is proved; else refused.",
        )
