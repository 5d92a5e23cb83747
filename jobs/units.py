"""The jobs: rebuild and prove, prove again, cut what may be trained on, look at what came in."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import dagster as dg

from karat.assets import Dataset
from karat.assets.main_audit import NAME
from karat.resources.run_tags import AGAIN

NO_TAGS: Mapping[str, Any] = MappingProxyType({})
CONFIG_TAG = "dagster-k8s/config"
PRIORITY = "dagster/priority"
"""Who waits in the queue goes by it: the higher, the sooner; without it, 0."""
TRAINED = ("trained_policy", "attribution")
"""What a dataset of steps has besides."""
BEHIND = "-1"
"""Of what runs by the clock: it waits for people and for data."""
CONTAINER: dict[str, Any] = {
    "container_config": {
        "resources": {
            "requests": {"cpu": "2", "memory": "4Gi", "ephemeral-storage": "10Gi"},
            "limits": {"memory": "8Gi"},
        }
    },
    "pod_spec_config": {
        "node_selector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"key": "karat/batch", "operator": "Exists", "effect": "NoSchedule"}],
    },
}
"""What a pod of `rebuild` asks a cluster for: two cores, and space for what it unpacks."""


def jobs_of(dataset: Dataset) -> list[Any]:
    """Return the jobs of a dataset; those of the first one bear the names above."""
    return [define(dataset) for define in (_observe, _rebuild, _revalidate, _adopt, _train)]


def _observe(dataset: Dataset) -> Any:
    return _job(
        dataset.called("observe"),
        dg.AssetSelection.assets(dataset.key("source")),
        "Look at the raw captures in the lake, and make new instruments known.",
    )


def _rebuild(dataset: Dataset) -> Any:
    return _job(
        dataset.called("rebuild"),
        dg.AssetSelection.assets(dataset.key("rebuilt"), dataset.key("published"))
        - dg.AssetSelection.checks_for_assets(dataset.key("published")),
        "Rebuild partitions, judge them, and publish those with a PASS.",
        {CONFIG_TAG: CONTAINER},
    )


def _revalidate(dataset: Dataset) -> Any:
    return _job(
        dataset.called("revalidate"),
        dg.AssetSelection.checks_for_assets(dataset.key("rebuilt")),
        "Judge what is there. A partition is named by the tag dagster/partition; "
        "without one, everything is judged.",
        {PRIORITY: "1"},
    )


def _adopt(dataset: Dataset) -> Any:
    return _job(
        dataset.called("adopt"),
        dg.AssetSelection.assets(dataset.key("golden")),
        "Adopt the golden days named in the configuration, or tell which are in force.",
    )


def _train(dataset: Dataset) -> Any:
    also = [dataset.key(one) for one in TRAINED] if dataset.trains else []
    return _job(
        dataset.called("train"),
        dg.AssetSelection.assets(dataset.key("training_dataset"), *also),
        "Cut training data from what is published, and verify every byte of it"
        + ("; train a policy on it, and say what moved its worth." if also else "."),
    )


def audit_of(datasets: Sequence[Dataset]) -> Any:
    """Return the job that holds every commit of main against the ledger."""
    return _job(
        "audit_main",
        dg.AssetSelection.checks(dg.AssetCheckKey(datasets[0].key("published"), NAME)),
        "Name the commits of main that brought what has no PASS, whoever made them.",
        {PRIORITY: BEHIND},
    )


def _job(
    name: str, selection: dg.AssetSelection, about: str, tags: Mapping[str, Any] = NO_TAGS
) -> Any:
    return dg.define_asset_job(
        name,
        selection=selection,
        description=about,
        executor_def=dg.in_process_executor,
        tags={**AGAIN, **tags},
    )
