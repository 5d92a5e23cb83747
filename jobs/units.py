"""The jobs: rebuild and prove, prove again, cut what may be trained on, look at what came in."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from karat.assets import Dataset
from karat.assets.main_audit import NAME
from karat.resources.run_tags import AGAIN

CONFIG_TAG = "dagster-k8s/config"
PRIORITY = "dagster/priority"
"""Who waits in the queue goes by it: the higher, the sooner; without it, 0."""
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
    return dg.define_asset_job(
        dataset.called("observe"),
        selection=dg.AssetSelection.assets(dataset.key("source")),
        description="Look at the raw captures in the lake, and make new instruments known.",
        executor_def=dg.in_process_executor,
        tags=AGAIN,
    )


def _rebuild(dataset: Dataset) -> Any:
    return dg.define_asset_job(
        dataset.called("rebuild"),
        selection=dg.AssetSelection.assets(dataset.key("rebuilt"), dataset.key("published"))
        - dg.AssetSelection.checks_for_assets(dataset.key("published")),
        description="Rebuild partitions, judge them, and publish those with a PASS.",
        executor_def=dg.in_process_executor,
        tags={CONFIG_TAG: CONTAINER, **AGAIN},
    )


def _revalidate(dataset: Dataset) -> Any:
    return dg.define_asset_job(
        dataset.called("revalidate"),
        selection=dg.AssetSelection.checks_for_assets(dataset.key("rebuilt")),
        tags={PRIORITY: "1", **AGAIN},
        description="Judge what is there. A partition is named by the tag dagster/partition; "
        "without one, everything is judged.",
        executor_def=dg.in_process_executor,
    )


def _adopt(dataset: Dataset) -> Any:
    return dg.define_asset_job(
        dataset.called("adopt"),
        selection=dg.AssetSelection.assets(dataset.key("golden")),
        description="Adopt the golden days named in the configuration, or tell which are in force.",
        executor_def=dg.in_process_executor,
        tags=AGAIN,
    )


def _train(dataset: Dataset) -> Any:
    also = [dataset.key("policy")] if dataset.trains else []
    return dg.define_asset_job(
        dataset.called("train"),
        selection=dg.AssetSelection.assets(dataset.key("training"), *also),
        description="Cut training data from what is published, and verify every byte of it"
        + ("; train a policy on it." if also else "."),
        executor_def=dg.in_process_executor,
        tags=AGAIN,
    )


def audit_of(datasets: Sequence[Dataset]) -> Any:
    """Return the job that holds every commit of main against the ledger."""
    audited = dg.AssetCheckKey(datasets[0].key("published"), NAME)
    return dg.define_asset_job(
        "audit_main",
        selection=dg.AssetSelection.checks(audited),
        description="Name the commits of main that brought what has no PASS, whoever made them.",
        tags={PRIORITY: BEHIND, **AGAIN},
        executor_def=dg.in_process_executor,
    )
