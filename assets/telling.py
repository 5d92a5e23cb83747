"""How the engine's answers read in Dagster: materializations, refusals, progress."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from karat.assets.partitions import key_of
from karat.lake.layout import Partition
from karat.resources.dagster_private import Version, known_versions, version_tags
from karat.telemetry import INSIDE, Progress

Told = Mapping[Partition, tuple[str, Mapping[str, Any]]]
Inputs = Mapping[Partition, Mapping[dg.AssetKey, Version]]


def materialized(
    context: dg.AssetExecutionContext,
    asset: dg.AssetKey,
    days: Sequence[Partition],
    told: Told,
    inputs: Inputs,
) -> Iterator[Any]:
    """Yield what there is now of an asset: content digest and metadata by partition.

    `days` are the run's own. A run over one tells of it itself; Dagster gives all partitions of a
    run over several one version, so each is told of once more, with its own. Of others, those
    that Dagster knows in this version, and of the same `inputs`, are left out.
    """
    own = days[0] if len(days) == 1 else None
    known = known_versions(context.instance, asset, [str(key_of(one)) for one in told])
    if all(day in told for day in days):
        version, metadata = told[own] if own else ("", {})
        tags = version_tags(version, inputs.get(own, {})) if own else None
        yield dg.MaterializeResult(metadata=metadata, tags=tags)
    for partition, (content, metadata) in told.items():
        key, made_of = str(key_of(partition)), inputs.get(partition, {})
        same = _is_known(known.get(key), content, made_of)
        if partition != own and (partition in days or not same):
            tags = version_tags(content, made_of)
            yield dg.AssetMaterialization(asset, partition=key, metadata=metadata, tags=tags)


def _is_known(known: Version | None, content: str, made_of: Mapping[dg.AssetKey, Version]) -> bool:
    """Return whether Dagster knows this content, and that it is made of what there is now."""
    newest = max((one.event for one in made_of.values()), default=0)
    return known is not None and known.data == content and known.event > newest


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
