"""What training data would be cut of now: told to Dagster, so that an older cut is stale there."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from karat.assets.addresses import commit_at
from karat.assets.dataset import Dataset
from karat.dataset import Manifest, Split
from karat.dataset.would_cut import would_cut
from karat.errors import InputError
from karat.lake.layout import MAIN
from karat.resources import Connection
from karat.resources.dagster_private import NEVER, Version, version_tags

ASKED = "asked for"
"""The metadata of training data that tells which partitions it was cut of."""


def define(dataset: Dataset) -> dg.AssetSpec:
    """Return the asset; a sensor tells of it, and so does who cuts. No run makes it."""
    return dg.AssetSpec(
        dataset.key("training_inputs"),
        deps=[dataset.key("published")],
        group_name=dataset.group,
        description="What the last cut would hold if it were made now: bytes, verdicts, contract "
        "and golden days of the partitions that it asked for.",
    )


def observed(
    instance: dg.DagsterInstance, dataset: Dataset, on: Connection
) -> list[dg.AssetMaterialization]:
    """Return what Dagster is to be told where the last cut would be another now; else nothing."""
    last = _asked(instance, dataset)
    if last is None:
        return []
    try:
        head = on.lake.head(MAIN)
        digest = would_cut(on.lake, on.contract, last[0], head, last[1])
        return _news(instance, dataset, digest, _about(on, head, last[0]))
    except InputError:  # its captures are gone: there is nothing that it would be
        return []


def made_of_ready(
    instance: dg.DagsterInstance,
    dataset: Dataset,
    on: Connection,
    asked: Sequence[str],
    manifest: Manifest,
) -> dict[dg.AssetKey, Version]:
    """Return what training data is made of that was cut of what was `asked` for.

    Of the published partitions none makes it stale by itself: it need not hold them all.
    """
    digest = would_cut(on.lake, on.contract, asked, manifest.commit, manifest.split)
    for event in _news(instance, dataset, digest, _about(on, manifest.commit, asked)):
        instance.report_runless_asset_event(event)
    known = _known(instance, dataset)
    ready = {dataset.key("training_inputs"): known} if known else {}
    return {**ready, dataset.key("published"): NEVER}


def as_asked(asked: Sequence[str], split: Split | None) -> dg.MetadataValue[Any]:
    """Return the metadata that tells what was asked for."""
    border = [split.eval_from, split.embargo_days] if split else None
    return dg.MetadataValue.json({"partitions": list(asked), "split": border})


def _asked(
    instance: dg.DagsterInstance, dataset: Dataset
) -> tuple[Sequence[str], Split | None] | None:
    """Return what the last cut asked for; None where nothing was cut."""
    for record in instance.fetch_materializations(dataset.key("training_dataset"), limit=1).records:
        made = record.asset_materialization
        said: Any = made.metadata[ASKED].value if made and ASKED in made.metadata else None
        if said:
            return said["partitions"], Split(*said["split"]) if said["split"] else None
    return None


def _about(on: Connection, commit: str, asked: Sequence[str]) -> dict[str, Any]:
    """Return what a person sees of what would be cut: of which commit, and what was asked for."""
    return {"commit": commit_at(on.url, commit), ASKED: ", ".join(asked)}


def _news(
    instance: dg.DagsterInstance, dataset: Dataset, digest: str, about: Mapping[str, Any]
) -> list[dg.AssetMaterialization]:
    known = _known(instance, dataset)
    if known is not None and known.data == digest:
        return []
    metadata, tags = {**about, "would be cut": digest}, version_tags(digest, {})
    return [dg.AssetMaterialization(dataset.key("training_inputs"), metadata=metadata, tags=tags)]


def _known(instance: dg.DagsterInstance, dataset: Dataset) -> Version | None:
    for record in instance.fetch_materializations(dataset.key("training_inputs"), limit=1).records:
        event = record.asset_materialization
        tags = (event.tags or {}) if event else {}
        return Version(tags.get("dagster/data_version", ""), record.storage_id)
    return None
