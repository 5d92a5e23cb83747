"""What a look at the lake asks for, as Dagster's requests."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import dagster as dg

from karat.assets import Dataset
from karat.assets.partitions import key_of
from karat.assets.staleness import captures, unknown_captures
from karat.contracts import RunsRule
from karat.digest import digest
from karat.jobs.in_process import tags_of_some
from karat.lake.layout import Partition
from karat.resources import Connection, LakeResource
from karat.resources.dagster_private import run_request, version_tags
from karat.resources.run_tags import TENANT
from karat.watch import Batch, Look

EVERY_S = 4
"""At each look of Dagster's, every 5 s: with 5, one that comes a moment early is passed over."""
NOTHING = "nothing changed"
Jobs = Sequence[Any]
"""Jobs as definitions hold them."""


def asked_for(dataset: Dataset, jobs: Jobs) -> list[Any]:
    """Return those of `jobs` that requests name: they rebuild, or judge again."""
    names = [dataset.called(job) for job in ("rebuild", "revalidate")]
    return [job for job in jobs if job.name in names]


def define(
    dataset: Dataset, jobs: Jobs, name: str, about: str, look: Callable[..., Look]
) -> dg.SensorDefinition:
    """Return the sensor that asks for what a look finds.

    A lake that does not answer fails its tick, and nothing is passed over.
    """

    @dg.sensor(
        name=dataset.called(name),
        jobs=asked_for(dataset, jobs),
        minimum_interval_seconds=EVERY_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=about,
    )
    def asking(context: dg.SensorEvaluationContext, lake: LakeResource) -> dg.SensorResult:
        on = dataset.connect(lake)
        found = look(on.lake, on.contract, context.cursor or "", store=on.store)
        return answer(context, dataset, on, found)

    return asking


def answer(
    context: dg.SensorEvaluationContext, dataset: Dataset, on: Connection, look: Look
) -> dg.SensorResult:
    """Return the runs of a look, the instruments they are new with, and the next cursor."""
    days = [day for batch in (*look.rebuild, *look.judge) for day in batch.partitions]
    runs = list(_requests(dataset, on.contract.runs, look))
    waiting = len(look.seen.waiting)
    return dg.SensorResult(
        run_requests=runs,
        skip_reason=None if runs else dg.SkipReason(f"{NOTHING}: {waiting} days wait"),
        cursor=look.seen.encode(),
        dynamic_partitions_requests=_new(context.instance, dataset, days),
        asset_events=_captured(context.instance, dataset, on, days),
    )


def _requests(dataset: Dataset, rule: RunsRule, look: Look) -> Iterator[dg.RunRequest]:
    if look.everything:
        whose = dataset.name if rule.tenants else rule.tenant_of("")
        yield _request(dataset, "revalidate", look.generation, Batch(whose, ()))
    for job, batches in (("rebuild", look.rebuild), ("revalidate", look.judge)):
        for batch in batches:
            yield _request(dataset, job, look.generation, batch)


def _request(dataset: Dataset, job: str, generation: int, batch: Batch) -> dg.RunRequest:
    """Return a run; the same content asked for again, after another, is another request."""
    name, days = dataset.called(job), batch.partitions
    key = digest("request/1", name, generation, *map(str, days))[:32]
    return run_request(name, key, tags_of_some(days) | {TENANT: batch.tenant})


def _new(
    instance: dg.DagsterInstance, dataset: Dataset, days: Sequence[Partition]
) -> list[dg.AddDynamicPartitionsRequest]:
    """Return the request that makes instruments known; none when all are."""
    known = instance.get_dynamic_partitions(dataset.instruments) if days else ()
    new = sorted({day.instrument for day in days} - set(known))
    if not new:
        return []
    return [dg.DynamicPartitionsDefinition(name=dataset.instruments).build_add_request(new)]


def _captured(
    instance: dg.DagsterInstance, dataset: Dataset, on: Connection, days: Sequence[Partition]
) -> list[Any]:
    """Return what makes Dagster's own staleness speak of these days' captures."""
    if not days:
        return []
    there = captures(on)
    found = unknown_captures(instance, dataset, {d: there[d] for d in days if d in there})
    source = dataset.key("source")
    return [
        dg.AssetObservation(source, partition=str(key_of(day)), tags=version_tags(version, {}))
        for day, version in found.items()
    ]
