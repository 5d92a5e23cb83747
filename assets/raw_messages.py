"""Raw captures as they lie in the lake: observed by the digest of their bytes, never made here."""

import dagster as dg

from karat.assets.partitions import key_of, register
from karat.lake.layout import MAIN, RAW
from karat.resources import LakeResource
from karat.verdicts.lineage import files

KEY = dg.AssetKey("raw_messages")


def define(partitions: dg.MultiPartitionsDefinition) -> dg.SourceAsset:
    """Return the source of the flow; to observe it makes new instruments known to Dagster."""

    @dg.observable_source_asset(
        key=KEY,
        partitions_def=partitions,
        group_name="flow",
        description="Vendors' captures as received; `karat ingest` brings them into the lake.",
    )
    def observe(context: dg.OpExecutionContext, lake: LakeResource) -> dg.DataVersionsByPartition:
        on = lake.connect()
        found = dict(files(on.lake, on.lake.head(MAIN), f"{RAW}/"))
        register(context.instance, found)
        return dg.DataVersionsByPartition({str(key_of(p)): digest for p, digest in found.items()})

    return observe
