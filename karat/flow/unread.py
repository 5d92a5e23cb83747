"""Where the newest bytes of partitions lie, as far as that can be told without reading them."""

from __future__ import annotations

from collections.abc import Sequence

from karat.compute import Reading, known_content
from karat.contracts import Contract
from karat.flow.newest import AUDIT, newest_refs
from karat.lake import Lake
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.store import Store
from karat.verdicts.lineage import files, raw_partitions


def unread_refs(
    lake: Lake, contract: Contract, partitions: Sequence[Partition] | None = None, *, store: Store
) -> dict[str, list[Partition]]:
    """Return, by branch, the partitions (all by default) that have bytes there.

    As `newest_refs`, where all files were read before. Where one was not, its build cannot be told
    by its content: then an audit branch with bytes other than main's goes before main.
    """
    refs = [MAIN, *(ref.name for ref in lake.branches(AUDIT))]
    held = {ref: dict(files(lake, lake.resolve(ref), f"{contract.dataset}/")) for ref in refs}
    all_raw = raw_partitions(lake, lake.head(MAIN), source=contract.source)
    wanted = all_raw if partitions is None else list(partitions)
    if all(_named(lake, contract, ref, p, store) for ref in refs for p in held[ref] if p in wanted):
        return newest_refs(lake, contract, partitions, store=store)
    found: dict[str, list[Partition]] = {}
    for partition in wanted:
        published = held[MAIN].get(partition)
        other = (r for r in refs[1:] if held[r].get(partition) not in (None, published))
        ref = next(other, MAIN if published else None)
        if ref is not None:
            found.setdefault(ref, []).append(partition)
    return found


def _named(lake: Lake, contract: Contract, ref: str, partition: Partition, store: Store) -> bool:
    path = dataset_path(contract.dataset, partition.instrument, partition.date)
    return known_content(Reading(lake, lake.resolve(ref), path), store) is not None
