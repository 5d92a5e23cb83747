"""Raw partitions into book events on an audit branch, forward from the first that changed."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from karat.contracts import Contract, SourceRule
from karat.digest import digest
from karat.errors import HeadMoved, InputError, RefNotFound
from karat.flow.summary import changed_partitions
from karat.flow.walk import Work, forward, record_builds
from karat.lake import CommitId, Lake
from karat.lake.again import again_while
from karat.lake.layout import MAIN, Partition, dataset_path
from karat.messages import REBUILD_VERSION
from karat.store import MemoryStore, Store
from karat.telemetry import Progress, silent
from karat.verdicts.lineage import files, raw_partitions, version_of


@dataclass(frozen=True)
class Batch:
    """What a rebuild did: `branch` holds what it changed, None when all bytes stay as they are.

    `unchanged` partitions have a build and its bytes; `failed` ones say why.
    """

    branch: str | None
    rebuilt: tuple[Partition, ...] = ()
    unchanged: tuple[Partition, ...] = ()
    failed: dict[Partition, str] = field(default_factory=dict)


def rebuild_partitions(
    lake: Lake,
    contract: Contract,
    partitions: Sequence[Partition] | None = None,
    *,
    store: Store | None = None,
    progress: Progress = silent,
) -> Batch:
    """Rebuild what is out of date among `partitions` (all by default) and their carry-dependants.

    Goes forward, day after day, and stops at the first partition whose opening is as before or
    that a snapshot opens. A day that was never built is added where a chosen one opens with its
    book. The audit branch is named by the digest of its inputs: a second call finds the work of
    the first. A partition with bad input is named in `failed` and holds up only those that need
    its book. Raises InputError for a partition that has no raw capture.
    """
    kept = store if store is not None else MemoryStore()
    lake.head(MAIN)  # where there is none that is told at once: nobody will bring it
    return again_while(  # another call is at the same work: go on from where it is now
        (HeadMoved, RefNotFound), lambda: _attempt(lake, contract, partitions, kept, progress)
    )


def _attempt(
    lake: Lake,
    contract: Contract,
    partitions: Sequence[Partition] | None,
    store: Store,
    progress: Progress,
) -> Batch:
    head = lake.head(MAIN)
    wanted = _wanted(lake, head, partitions, contract.source)
    with tempfile.TemporaryDirectory(prefix="karat-") as folder:
        work = Work(lake, contract, head, store, progress, Path(folder))
        branch = _branch_name(work, wanted)
        with lake.session(head, branch=branch) as session:
            work.audit = lake.head(branch)
            for instrument, chosen in wanted.items():
                forward(work, session, instrument, chosen)
            if work.made:
                # Another raw may give what is published already: builds, and nothing to commit.
                session.commit(f"Rebuild {len(work.made)} partitions", allow_empty=True)
                record_builds(work)
    changed = changed_partitions(lake, head, branch, contract.dataset)
    if not changed:
        lake.delete_branch(branch)
    rebuilt = {*work.made, *changed}
    unchanged = {p for chosen in wanted.values() for p in chosen} - rebuilt - {*work.failed}
    name = branch if changed else None
    return Batch(name, tuple(sorted(rebuilt)), tuple(sorted(unchanged)), work.failed)


def _wanted(
    lake: Lake, head: CommitId, partitions: Sequence[Partition] | None, source: SourceRule
) -> dict[str, set[Partition]]:
    have = raw_partitions(lake, head, source=source)
    chosen: dict[str, set[Partition]] = {}
    for partition in have if partitions is None else partitions:
        if partition not in have:
            path = dataset_path(source.folder, partition.instrument, partition.date)
            raise InputError(f"{partition}: no raw capture; ingest {path} first")
        chosen.setdefault(partition.instrument, set()).add(partition)
    return chosen


def _branch_name(work: Work, wanted: dict[str, set[Partition]]) -> str:
    """Name the audit branch by everything that decides what will be on it."""
    parts: list[str] = []
    for instrument, chosen in sorted(wanted.items()):
        there = dict(files(work.lake, work.head, f"{work.contract.dataset}/{instrument}/"))
        for link in work.links(instrument):
            state = (there.get(link.partition, ""), str(link.partition in chosen))
            parts += [str(link.partition), link.raw, link.recipe.digest, *state]
    source = work.contract.source
    version = version_of(source) if source.made_by else REBUILD_VERSION
    return f"wap-{digest('audit/1', work.contract.dataset, version, *parts)[:32]}"
