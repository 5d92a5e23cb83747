"""Audit branches that have had their day: each of their partitions is newer somewhere else."""

from __future__ import annotations

from collections.abc import Iterator

from karat.lake.layout import MAIN
from karat.lake.protocol import Lake, ObjectInfo, Ref

AUDIT = "wap-"


def superseded(lake: Lake) -> Iterator[Ref]:
    """Yield audit branches that main, or newer audit branches, have overtaken on every path.

    That is: whatever the branch did was published, or another content was published there since
    the branch began, or a branch with a newer head holds another content there. Of branches of
    one second none is newer.
    """
    branches = [(ref, lake.commit_info(ref.commit).created_at_s) for ref in lake.branches(AUDIT)]
    work = {ref.name: _work(lake, ref) for ref, _ in branches}
    for ref, at_s in branches:
        newer = [work[other.name] for other, later_s in branches if later_s > at_s]
        if all(
            any(path in others and others[path] != content for others in newer)
            for path, content in work[ref.name].items()
        ):
            yield ref


def _work(lake: Lake, ref: Ref) -> dict[str, ObjectInfo | None]:
    """Return what a branch did and main has not overtaken, by path."""
    changes = lake.diff(MAIN, ref.commit, mode="three-dot")
    return {change.path: change.right for change in changes if change.type != "conflict"}
