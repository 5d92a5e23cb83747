"""Captures made into the partitions of a dataset, on an audit branch nobody trains on."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import dagster as dg

from karat.assets.chain import chain
from karat.assets.dataset import Dataset
from karat.assets.partitions import key_of, required
from karat.assets.staleness import made_of_captures
from karat.assets.telling import materialized, refusal, told
from karat.compute.kept_memory import settle
from karat.contracts import SourceRule
from karat.flow import Batch, rebuild_partitions
from karat.lake.layout import MAIN, Partition
from karat.resources import LakeResource
from karat.verdicts import Build, Link

SHOWN = 20
POOL = "rebuild"
"""What takes most memory; ``dagster.yaml`` says how many runs of it there may be at once."""


def define(dataset: Dataset) -> dg.AssetsDefinition:
    """Return the asset of rebuilt partitions; a range of them is one run and one branch."""

    @dg.asset(
        key=dataset.key("rebuilt"),
        deps=[dataset.key("source")],
        partitions_def=dataset.partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=POOL,
        group_name=dataset.group,
        description=_description(dataset),
    )
    def rebuild(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
        settle()
        on, days = dataset.connect(lake), required(context)
        batch = rebuild_partitions(
            on.lake, on.contract, days, store=on.store, progress=told(context.log)
        )
        linked = [link for link in chain(on, [*days, *batch.rebuilt]) if link.build]
        made_of = made_of_captures(context.instance, dataset, linked)
        made = _built(linked, batch)
        yield from materialized(context, dataset.key("rebuilt"), days, made, made_of)
        if batch.failed:
            raise refusal("cannot be rebuilt", batch.failed)

    return rebuild


def _built(chained: Iterable[Link], batch: Batch) -> dict[Partition, tuple[str, Mapping[str, Any]]]:
    """Return content digest and metadata of every partition that has a build."""
    return {
        link.partition: (link.build.content, _metadata(link, batch))
        for link in chained
        if link.build and link.partition not in batch.failed
    }


def _description(dataset: Dataset) -> str:
    if made_by := dataset.contract.source.made_by:
        return f"Partitions of {dataset.name}, each made of its capture by {made_by!r}."
    return f"Rebuilt {dataset.name}, with the days after that open with another book now."


def _metadata(link: Link, batch: Batch) -> dict[str, Any]:
    if link.build is None:
        return {}
    rebuilt = link.partition in batch.rebuilt
    told = {
        "branch": (batch.branch if rebuilt else None) or MAIN,
        "rebuilt now": rebuilt,
        "rows": link.build.rows,
        "raw": link.raw,
        "partition": str(key_of(link.partition)),
    }
    return told if isinstance(link.recipe, SourceRule) else told | _of_books(link.build)


def _of_books(build: Build) -> dict[str, Any]:
    """Return what a rebuild of books met on its way."""
    return {
        **build.counts,
        "opening carry": build.opening,
        "closing carry": build.closing,
        "anomalies": dg.MetadataValue.json([dict(p) for p in build.places[:SHOWN]]),
    }
