"""Dagster's own versions kept in step with the lake, so that stale means another digest."""

from collections.abc import Collection, Mapping, Sequence

import dagster as dg

from karat.assets.dataset import Dataset
from karat.assets.partitions import key_of
from karat.lake import CommitId
from karat.lake.layout import MAIN, Partition
from karat.resources import Connection
from karat.resources.dagster_private import Version, known_versions, version_tags
from karat.verdicts import Link, current_golden
from karat.verdicts.lineage import files

NO_GOLDEN = "none"


def captures(on: Connection) -> dict[Partition, str]:
    """Return the captures of a dataset on main now, with the digests of their bytes."""
    return dict(files(on.lake, on.lake.head(MAIN), f"{on.contract.source.folder}/"))


def unknown_captures(
    instance: dg.DagsterInstance, dataset: Dataset, found: Mapping[Partition, str]
) -> dict[Partition, str]:
    """Return those of `found` that Dagster knows with another digest, or not at all."""
    known = _observed(instance, dataset, found)
    return {
        partition: digest
        for partition, digest in found.items()
        if (version := known.get(str(key_of(partition)))) is None or version.data != digest
    }


def tell_captures(
    instance: dg.DagsterInstance, dataset: Dataset, found: Mapping[Partition, str]
) -> dict[Partition, str]:
    """Tell Dagster of captures, without a run, where it knows another digest; return these."""
    told = unknown_captures(instance, dataset, found)
    dataset.register(instance, told)
    for partition, digest in told.items():
        instance.report_runless_asset_event(
            dg.AssetObservation(
                dataset.key("source"),
                partition=str(key_of(partition)),
                tags=version_tags(digest, {}),
            )
        )
    return told


def made_of_captures(
    instance: dg.DagsterInstance, dataset: Dataset, made: Sequence[Link]
) -> dict[Partition, dict[dg.AssetKey, Version]]:
    """Return, of rebuilt partitions, the captures they were made of, as Dagster knows them."""
    raw = {link.partition: link.raw for link in made}
    tell_captures(instance, dataset, raw)
    known = _observed(instance, dataset, raw)
    return {one: {dataset.key("source"): known[str(key_of(one))]} for one in raw}


def made_of_rebuilt(
    instance: dg.DagsterInstance,
    dataset: Dataset,
    on: Connection,
    at: CommitId,
    partitions: Collection[Partition],
) -> dict[Partition, dict[dg.AssetKey, Version]]:
    """Return, of published partitions, the rebuilt ones and the golden manifest behind them.

    What was never rebuilt in Dagster is no input there.
    """
    golden = {dataset.key("golden"): tell_golden(instance, dataset, on, at)}
    rebuilt = dataset.key("rebuilt")
    known = known_versions(instance, rebuilt, [str(key_of(one)) for one in partitions])
    return {
        one: golden | ({rebuilt: known[key]} if (key := str(key_of(one))) in known else {})
        for one in partitions
    }


def tell_golden(
    instance: dg.DagsterInstance, dataset: Dataset, on: Connection, at: CommitId
) -> Version:
    """Tell Dagster which golden manifest is in force where it knows another; return its version."""
    golden, key = current_golden(on.lake, at, on.contract.dataset), dataset.key("golden")
    digest = golden.digest if golden else NO_GOLDEN
    known = _golden(instance, key)
    if known is None or known.data != digest:
        tags = version_tags(digest, {})
        instance.report_runless_asset_event(dg.AssetMaterialization(key, tags=tags))
        known = _golden(instance, key)
    return known or Version(digest, 0)


def _golden(instance: dg.DagsterInstance, key: dg.AssetKey) -> Version | None:
    for record in instance.fetch_materializations(key, limit=1).records:
        event = record.asset_materialization
        tags = (event.tags or {}) if event else {}
        return Version(tags.get("dagster/data_version", ""), record.storage_id)
    return None


def _observed(
    instance: dg.DagsterInstance, dataset: Dataset, found: Collection[Partition]
) -> dict[str, Version]:
    keys = [str(key_of(partition)) for partition in found]
    return known_versions(instance, dataset.key("source"), keys, observed=True)
