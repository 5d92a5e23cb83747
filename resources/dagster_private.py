"""The one file that imports what Dagster does not promise to keep.

A check's result goes to the partition of its run, and to none in a run over a range. An
evaluation says itself which partition it speaks of; `tests/dagster/test_dagster_private.py` holds
what is used here.
"""

import json
import socket
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluation,
    AssetCheckEvaluationTargetMaterializationData,
)
from dagster._core.definitions.data_version import (
    CODE_VERSION_TAG,
    DATA_VERSION_IS_USER_PROVIDED_TAG,
    DATA_VERSION_TAG,
    get_input_data_version_tag,
    get_input_event_pointer_tag,
)
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.events import DagsterEventType
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus
from dagster._core.run_coordinator import QueuedRunCoordinator, SubmitRunContext
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._grpc.client import DagsterGrpcClient
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster._serdes import deserialize_value
from dagster._utils.warnings import BetaWarning, PreviewWarning

__all__ = [
    "NEVER",
    "CheckRunHealthResult",
    "CheckStatus",
    "DefaultRunLauncher",
    "QueuedRunCoordinator",
    "Result",
    "Started",
    "SubmitRunContext",
    "Version",
    "WorkerStatus",
    "check_statuses",
    "ended_at_s",
    "evaluation",
    "known_versions",
    "run_request",
    "started_as",
    "version_tags",
    "without_previews",
]


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found about one partition, by its key, or None for the whole asset.

    The higher the `rank`, the worse; only rank 0 is passed. What does not decide only warns.
    """

    partition: str | None
    rank: int
    description: str
    metadata: Mapping[str, Any]
    decides: bool = True

    @property
    def passed(self) -> bool:
        """Return whether nothing is wrong and nothing unknown."""
        return self.rank == 0


@dataclass(frozen=True, slots=True)
class CheckStatus:
    """What Dagster holds of a check of one partition.

    `current` tells whether it speaks of the partition's last materialization.
    """

    succeeded: bool
    current: bool


@dataclass(frozen=True, slots=True)
class Version:
    """The version in which Dagster knows an asset or a partition, and the number of the event."""

    data: str
    event: int


ANSWER_S = 5
NEVER = Version("", 1 << 62)
"""Of an input that makes nothing stale: no event of it comes after this one."""


def known_versions(
    instance: dg.DagsterInstance,
    asset: dg.AssetKey,
    partitions: Collection[str],
    *,
    observed: bool = False,
) -> dict[str, Version]:
    """Return the versions Dagster knows, by partition, in two queries; unknown ones are left out.

    Versions were materialized, or, of a source, `observed`.
    """
    kind = (
        DagsterEventType.ASSET_OBSERVATION if observed else DagsterEventType.ASSET_MATERIALIZATION
    )
    if not partitions:
        return {}
    events = instance.get_latest_storage_id_by_partition(asset, kind, set(partitions))
    tags = instance.event_log_storage.get_latest_tags_by_partition(
        asset, kind, [DATA_VERSION_TAG], list(partitions)
    )
    return {
        partition: Version(tags[partition][DATA_VERSION_TAG], event)
        for partition, event in events.items()
        if tags.get(partition)
    }


def version_tags(version: str, inputs: Mapping[dg.AssetKey, Version]) -> dict[str, str]:
    """Return the tags of a materialization that tell its version, and what it was made of.

    By these Dagster's web page says whether an asset is stale: when an input has another version.
    """
    tags = {DATA_VERSION_TAG: version}
    if not inputs:
        return tags
    tags |= {CODE_VERSION_TAG: "karat", DATA_VERSION_IS_USER_PROVIDED_TAG: "true"}
    for key, one in inputs.items():
        tags[get_input_data_version_tag(key)] = one.data
        tags[get_input_event_pointer_tag(key)] = str(one.event)
    return tags


def evaluation(
    instance: dg.DagsterInstance, check: dg.AssetCheckSpec, result: Result, *, holds: bool = True
) -> AssetCheckEvaluation:
    """Return what a check's body yields for a result, bound to the last materialization.

    A check that blocks is an error where it fails, another one a warning. It ends its run there,
    unless it is not to hold up the others: `holds` is False.
    """
    decides = check.blocking and result.decides
    severity = dg.AssetCheckSeverity.ERROR if decides else dg.AssetCheckSeverity.WARN
    blocks = decides and holds
    return AssetCheckEvaluation(
        asset_key=check.asset_key,
        check_name=check.name,
        passed=result.passed,
        metadata=result.metadata,
        target_materialization_data=_target(instance, check.asset_key, result.partition),
        severity=severity,
        description=result.description,
        blocking=blocks,
        partition=result.partition,
    )


def check_statuses(
    instance: dg.DagsterInstance, check: dg.AssetCheckKey, partitions: Sequence[str]
) -> dict[str, CheckStatus]:
    """Return what is held of a check, by partition; one that was never evaluated is left out."""
    rows = instance.event_log_storage.get_asset_check_partition_info(
        [check], partition_keys=list(partitions)
    )
    return {
        row.partition_key: CheckStatus(
            row.latest_execution_status.value == "SUCCEEDED", bool(row.is_current)
        )
        for row in rows
        if row.partition_key is not None
    }


@dataclass(frozen=True, slots=True)
class Started:
    """The process of a run on this machine, and when it said so, in seconds since 1970."""

    process: int
    at_s: float


def started_as(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Started | None:
    """Return the process a run began in, or None while it has not said so, or on other machines."""
    info = json.loads(run.tags.get(GRPC_INFO_TAG) or "{}")
    if not (
        "socket" in info or info.get("host") in {"127.0.0.1", "localhost", socket.gethostname()}
    ):
        return None
    for entry in instance.all_logs(run.run_id, of_type=DagsterEventType.ENGINE_EVENT):
        event = entry.dagster_event
        if event is not None and (pid := event.engine_event_data.metadata.get("pid")):
            return Started(int(str(pid.value)), entry.timestamp)
    return None


def ended_at_s(instance: dg.DagsterInstance, run: dg.DagsterRun) -> int:
    """Return when a run ended, in seconds since 1970; 0 while it has not."""
    record = instance.get_run_record_by_id(run.run_id)
    return int(record.end_time or 0) if record else 0


def held_by_server(run: dg.DagsterRun) -> bool | None:
    """Return whether the code server that was asked to begin a run has a process of it.

    It fails a run of its own whose process dies. None when it does not answer; False when none was
    asked, and for a server that took the place of the one that was.
    """
    info = json.loads(run.tags.get(GRPC_INFO_TAG) or "{}")
    if not info:
        return False
    try:
        said = DagsterGrpcClient(**info).can_cancel_execution(
            CanCancelExecutionRequest(run_id=run.run_id), timeout=ANSWER_S
        )
    except DagsterUserCodeUnreachableError:
        return None
    return deserialize_value(said, CanCancelExecutionResult).can_cancel


def run_request(
    job: str, key: str, tags: Mapping[str, str], config: Mapping[str, Any] | None = None
) -> dg.RunRequest:
    """Return a request by the tags that Dagster's own launches give a run over a partition.

    It warns of keys of three parts where others write them, and writes them itself.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return dg.RunRequest(run_key=key, job_name=job, tags=tags, run_config=config)


@contextmanager
def without_previews() -> Iterator[None]:
    """Do not warn here of what is young in Dagster: partitioned checks, which the lock pins."""
    with warnings.catch_warnings():
        for category in (BetaWarning, PreviewWarning):
            warnings.simplefilter("ignore", category)
        yield


def _target(
    instance: dg.DagsterInstance, asset: dg.AssetKey, partition: str | None
) -> AssetCheckEvaluationTargetMaterializationData | None:
    keys = None if partition is None else [partition]
    asked = dg.AssetRecordsFilter(asset_key=asset, asset_partitions=keys)
    found = instance.fetch_materializations(asked, limit=1).records
    if not found:
        return None
    return AssetCheckEvaluationTargetMaterializationData(
        storage_id=found[0].storage_id, run_id=found[0].run_id, timestamp=found[0].timestamp
    )
