"""What a commit holds of a dataset: its partitions, and one name for all of them."""

from __future__ import annotations

from karat.lake import CommitId, Lake
from karat.lake.layout import MAIN, Partition, parse_dataset_path
from karat.tree import Key, Tree, build
from karat.verdicts.lineage import files


def partition_key(partition: Partition) -> Key:
    """Return where a partition stands in the tree: instrument, month, day."""
    return partition.instrument, partition.date[:7], partition.date


def partition_tree(contents: dict[Partition, str]) -> Tree:
    """Return the tree of digests by instrument, month and day."""
    return build({partition_key(p): d for p, d in contents.items()})


def published_root(lake: Lake, dataset: str, ref: str = MAIN) -> str:
    """Return one digest for all bytes of a dataset's partitions at `ref`."""
    return partition_tree(dict(files(lake, lake.resolve(ref), f"{dataset}/"))).root


def changed_partitions(lake: Lake, left: CommitId, right: str, dataset: str) -> list[Partition]:
    """Return the partitions of a dataset that `right` added or changed since it left `left`."""
    changes = lake.diff(left, lake.resolve(right), f"{dataset}/", mode="three-dot")
    found = [parse_dataset_path(change.path) for change in changes if change.right]
    return sorted(parsed[1] for parsed in found if parsed)
