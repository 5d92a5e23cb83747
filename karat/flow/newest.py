"""Where the newest bytes of a partition lie: on an audit branch, or on main already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from karat.compute import Reading, partition_content
from karat.contracts import Contract
from karat.errors import ObjectNotFound
from karat.flow.summary import changed_partitions
from karat.lake import CommitId, Lake
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.messages import RESET
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

    Days that carry a book over are published together: of several audit branches, the one that
    holds most of them is named. A partition that has no build, or whose bytes are nowhere, is
    left out: rebuild it first.
    """
    head = lake.head(MAIN)
    source = contract.source
    wanted = raw_partitions(lake, head, source=source) if partitions is None else partitions
    found: dict[str, list[Partition]] = {}
    changed = _changed(lake, head, contract.dataset)
    for instrument in sorted({p.instrument for p in wanted}):
        for days in _carried(links(lake, head, contract.dataset, instrument, source)):
            asked = [link for link in days if link.partition in wanted]
            for ref, partition in _places(lake, contract, asked, changed, store):
                found.setdefault(ref, []).append(partition)
    return found


def _carried(days: Iterable[Link]) -> Iterator[list[Link]]:
    """Part `days` before each that a snapshot opens, or that is not rebuilt."""
    together: list[Link] = []
    for link in days:
        if together and (link.build is None or link.build.opening == RESET):
            yield together
            together = []
        together.append(link)
    yield together


def _changed(lake: Lake, head: CommitId, dataset: str) -> dict[Partition, list[str]]:
    """Return the audit branches on which each partition is another than on main, by name."""
    found: dict[Partition, list[str]] = {}
    for ref in lake.branches(AUDIT):
        for partition in changed_partitions(lake, head, ref.name, dataset):
            found.setdefault(partition, []).append(ref.name)
    return found


def _places(
    lake: Lake,
    contract: Contract,
    days: Sequence[Link],
    changed: Mapping[Partition, Sequence[str]],
    store: Store,
) -> Iterator[tuple[str, Partition]]:
    """Yield where each of `days` lies: main first, then branches by how many they hold."""
    held: dict[str, list[Partition]] = {}
    for link in days:
        if _holds(lake, contract, link, MAIN, store):
            yield MAIN, link.partition
            continue
        for ref in changed.get(link.partition, ()):
            if _holds(lake, contract, link, ref, store):
                held.setdefault(ref, []).append(link.partition)
    placed: set[Partition] = set()
    for ref in sorted(held, key=lambda ref: (-len(held[ref]), ref)):
        yield from ((ref, partition) for partition in held[ref] if partition not in placed)
        placed |= set(held[ref])


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
