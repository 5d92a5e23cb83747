"""Captures as they lie in the lake: observed by the digest of their bytes, never made here."""

import dagster as dg

from karat.assets.dataset import Dataset
from karat.assets.partitions import key_of
from karat.assets.staleness import captures, unknown_captures
from karat.resources import LakeResource


def define(dataset: Dataset) -> dg.SourceAsset:
    """Return the source of the flow; to observe it tells Dagster of what is new or changed."""

    @dg.observable_source_asset(
        key=dataset.key("source"),
        partitions_def=dataset.partitions,
        group_name=dataset.group,
        description=_description(dataset),
    )
    def observe(context: dg.OpExecutionContext, lake: LakeResource) -> dg.DataVersionsByPartition:
        on = dataset.connect(lake)
        found = unknown_captures(context.instance, dataset, captures(on))
        dataset.register(context.instance, found)
        return dg.DataVersionsByPartition({str(key_of(p)): digest for p, digest in found.items()})

    return observe


def _description(dataset: Dataset) -> str:
    """Return what lies there; Dagster draws no edge to what is observed, so a maker is named."""
    source = dataset.contract.source
    if source.made_by:
        return f"What main holds in `{source.folder}/`, as published; {source.made_by!r} reads it."
    return "Captures as received; `karat ingest` brings them into the lake."
