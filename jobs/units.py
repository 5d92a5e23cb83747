"""The jobs: rebuild and prove, prove again, cut what may be trained on, look at what came in."""

from typing import Any

import dagster as dg

CONFIG_TAG = "dagster-k8s/config"
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

rebuild = dg.define_asset_job(
    "rebuild",
    selection=dg.AssetSelection.assets("book_events", "published_events"),
    description="Rebuild partitions, judge them, and publish those with a PASS.",
    executor_def=dg.in_process_executor,
    tags={CONFIG_TAG: CONTAINER},
)

revalidate = dg.define_asset_job(
    "revalidate",
    selection=dg.AssetSelection.checks_for_assets("book_events"),
    description="Judge what is there. A partition is named by the tag dagster/partition; "
    "without one, everything is judged.",
    executor_def=dg.in_process_executor,
)

adopt = dg.define_asset_job(
    "adopt",
    selection=dg.AssetSelection.assets("golden_reference"),
    description="Adopt the golden days named in the configuration, or tell which are in force.",
    executor_def=dg.in_process_executor,
)

train = dg.define_asset_job(
    "train",
    selection=dg.AssetSelection.assets("training_dataset"),
    description="Cut training data from what is published, and verify every byte of it.",
    executor_def=dg.in_process_executor,
)

observe = dg.define_asset_job(
    "observe",
    selection=dg.AssetSelection.assets("raw_messages"),
    description="Look at the raw captures in the lake, and make new instruments known.",
    executor_def=dg.in_process_executor,
)
JOBS = [observe, rebuild, revalidate, adopt, train]
