"""Captures as they lie in the lake: observed by the digest of their bytes, never made here."""

import dagster as dg

from karat.assets.dataset import Dataset
from karat.assets.partitions import key_of
from karat.lake.layout import MAIN
from karat.resources import LakeResource
from karat.verdicts.lineage import files


def define(dataset: Dataset) -> dg.SourceAsset:
    """Return the source of the flow; to observe it makes new instruments known to Dagster."""

    @dg.observable_source_asset(
        key=dataset.key("source"),
        partitions_def=dataset.partitions,
        group_name=dataset.group,
        description="Captures as received; `karat ingest` brings them into the lake.",
    )
    def observe(context: dg.OpExecutionContext, lake: LakeResource) -> dg.DataVersionsByPartition:
        on = dataset.connect(lake)
        found = dict(files(on.lake, on.lake.head(MAIN), f"{on.contract.source.folder}/"))
        dataset.register(context.instance, found)
        return dg.DataVersionsByPartition({str(key_of(p)): digest for p, digest in found.items()})

    return observe
