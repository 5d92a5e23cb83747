"""How the engine's answers read in Dagster: materializations, refusals, progress."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from karat.assets.partitions import key_of
from karat.lake.layout import Partition
from karat.telemetry import INSIDE, Progress

Told = Mapping[Partition, tuple[str, Mapping[str, Any]]]
VERSION = "dagster/data_version"


def materialized(
    context: dg.AssetExecutionContext, asset: dg.AssetKey, days: Sequence[Partition], told: Told
) -> Iterator[Any]:
    """Yield what there is now of an asset: content digest and metadata by partition.

    `days` are the run's own. A run over one tells of it itself; Dagster gives all partitions of a
    run over several one version, so each is told of once more, with its own. Of others, those
    that Dagster knows in this version already are left out.
    """
    own = days[0] if len(days) == 1 else None
    if all(day in told for day in days):
        version, metadata = told[own] if own else (None, {})
        yield dg.MaterializeResult(
            data_version=dg.DataVersion(version) if version else None, metadata=metadata
        )
    for partition, (content, metadata) in told.items():
        key = str(key_of(partition))
        if partition != own and (partition in days or _known(context, asset, key) != content):
            yield dg.AssetMaterialization(
                asset, partition=key, metadata=metadata, tags={VERSION: content}
            )


def _known(context: dg.AssetExecutionContext, asset: dg.AssetKey, key: str) -> str | None:
    """Return the version in which Dagster knows a partition."""
    wanted = dg.AssetRecordsFilter(asset_key=asset, asset_partitions=[key])
    for found in context.instance.fetch_materializations(wanted, limit=1).records:
        if event := found.asset_materialization:
            return (event.tags or {}).get(VERSION)
    return None


def refusal(what: str, reasons: Mapping[Partition, str]) -> dg.Failure:
    """Return the failure that names every partition and why; trying again would not help."""
    lines = [f"{partition}: {reason}" for partition, reason in reasons.items()]
    table = dg.MetadataValue.table(
        records=[
            dg.TableRecord({"partition": str(p), "reason": reason}) for p, reason in reasons.items()
        ]
    )
    return dg.Failure(
        description=f"{len(reasons)} partitions: {what}\n" + "\n".join(lines),
        metadata={"reasons": table},
        allow_retries=False,
    )


def told(log: dg.DagsterLogManager) -> Progress:
    """Return what tells the engine's progress to a run's log."""

    def tell(stage: str, done: int, total: int, what: str, *, rows: int = 0) -> None:
        if stage != INSIDE:
            worked = f" ({rows:,} rows)" if rows else ""
            of = total or "as many as it takes"
            log.info("%s: %d of %s, at %s%s", stage, done, of, what, worked)

    return tell
