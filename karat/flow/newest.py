"""Where the newest bytes of a partition lie: on an audit branch, or on main already."""

from __future__ import annotations

from collections.abc import Sequence

from karat.compute import Reading, partition_content
from karat.contracts import Contract
from karat.errors import ObjectNotFound
from karat.lake import CommitId, Lake
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.store import Store
from karat.verdicts import Link, links
from karat.verdicts.lineage import raw_partitions

AUDIT = "wap-"


def sources_of(lake: Lake, ref: str) -> CommitId:
    """Return the commit whose golden captures and manifest judge `ref`.

    What waits on an audit branch is judged by main as it is now, as the gate will; main itself, a
    tag or a commit by its own.
    """
    return lake.resolve(MAIN if ref.startswith(AUDIT) else ref)


def newest_refs(
    lake: Lake, contract: Contract, partitions: Sequence[Partition] | None = None, *, store: Store
) -> dict[str, list[Partition]]:
    """Return, by branch, the partitions (all by default) whose newest build has its bytes there.

    A partition that has no build, or whose bytes are nowhere, is left out: rebuild it first.
    """
    head = lake.head(MAIN)
    wanted = raw_partitions(lake, head) if partitions is None else partitions
    refs = [MAIN, *(ref.name for ref in lake.branches(AUDIT))]
    found: dict[str, list[Partition]] = {}
    for instrument in sorted({p.instrument for p in wanted}):
        for link in links(lake, head, contract.dataset, instrument):
            if link.partition in wanted:
                where = next((r for r in refs if _holds(lake, contract, link, r, store)), None)
                if where is not None:
                    found.setdefault(where, []).append(link.partition)
    return found


def _holds(lake: Lake, contract: Contract, link: Link, ref: str, store: Store) -> bool:
    if link.build is None:
        return False
    commit: CommitId = lake.resolve(ref)
    path = dataset_path(contract.dataset, link.partition.instrument, link.partition.date)
    try:
        content = partition_content(Reading(lake, commit, path), store)
    except ObjectNotFound:
        return False
    return content.digest == link.build.content
