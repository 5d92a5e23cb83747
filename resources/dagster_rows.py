"""What Dagster shows of a check, and another result put in its place: private, as dagster_private.

Of the rows of a partition Dagster shows the last one that was *begun*. A run over one partition
begins its row when it is launched, a run over many when it tells of it; so of two runs at once the
one that ends last may be hidden by the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluation
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.events import DagsterEvent, DagsterEventType

EVALUATED = {"SUCCEEDED", "FAILED"}


@dataclass(frozen=True, slots=True)
class Shown:
    """The row that is shown of a check and a partition: whose run it is, and if it is evaluated."""

    run: str
    evaluated: bool


def shown(
    instance: dg.DagsterInstance, check: dg.AssetCheckKey, partitions: Sequence[str]
) -> dict[str, Shown]:
    """Return the rows that are shown, by partition, in one query; one without is left out."""
    rows = instance.event_log_storage.get_asset_check_partition_info(
        [check], partition_keys=list(partitions)
    )
    return {
        row.partition_key: Shown(
            row.latest_planned_run_id,
            row.latest_execution_status.value in EVALUATED,
        )
        for row in rows
        if row.partition_key is not None
    }


def shown_whole(instance: dg.DagsterInstance, check: dg.AssetCheckKey) -> Shown | None:
    """Return the row that is shown of a check of no partition; None where there is none."""
    rows = instance.event_log_storage.get_asset_check_execution_history(
        check, limit=1, partition_filter=PartitionKeyFilter(key=None)
    )
    return Shown(rows[0].run_id, rows[0].status.value in EVALUATED) if rows else None


def told_of(
    instance: dg.DagsterInstance, check: dg.AssetCheckKey, partition: str | None
) -> Mapping[str, Any]:
    """Return the metadata of what is shown of a partition; none where nothing is evaluated.

    None is for what is shown of no partition.
    """
    rows = instance.event_log_storage.get_asset_check_execution_history(
        check, limit=1, partition_filter=PartitionKeyFilter(key=partition)
    )
    for row in rows:
        event = row.event.dagster_event if row.event else None
        if event is not None and event.event_type is DagsterEventType.ASSET_CHECK_EVALUATION:
            found = event.asset_check_evaluation_data.metadata
            return {name: value.value for name, value in found.items()}
    return {}


def put_in_place(
    instance: dg.DagsterInstance, run: str, job: str, evaluation: AssetCheckEvaluation
) -> None:
    """Write a result into the row that `run` has of the same check and partition."""
    event = DagsterEvent(
        event_type_value=DagsterEventType.ASSET_CHECK_EVALUATION.value,
        job_name=job,
        message=f"{evaluation.check_name} of {evaluation.partition or 'all'}: what stands now",
        event_specific_data=evaluation,
    )
    instance.report_dagster_event(event, run_id=run)
