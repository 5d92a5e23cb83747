"""Raw partitions into book events on an audit branch, forward from the first that changed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from karat.compute import Reading, partition_content, table_content
from karat.compute.content import keep_content
from karat.contracts import Contract
from karat.digest import digest
from karat.errors import HeadMoved, InputError, ObjectNotFound, RefNotFound
from karat.flow.summary import changed_partitions
from karat.lake import CommitId, Lake, WriteSession
from karat.lake.layout import (
    MAIN,
    Partition,
    build_path,
    carry_path,
    dataset_path,
    raw_path,
)
from karat.messages import (
    NO_BOOK,
    REBUILD_VERSION,
    Carry,
    Rebuilt,
    input_digest,
    reader_of,
    rebuild,
)
from karat.messages.rebuilding import opens_with_snapshot
from karat.store import MemoryStore, Store
from karat.telemetry import Progress, silent
from karat.verdicts import Build, Ledger, Link, links, record
from karat.verdicts.lineage import find_build, raw_partitions

ATTEMPTS = 5


@dataclass(frozen=True)
class Batch:
    """What a rebuild did: `branch` holds what it changed, None when all bytes stay as they are.

    `unchanged` partitions have a build and its bytes; `failed` ones say why.
    """

    branch: str | None
    rebuilt: tuple[Partition, ...] = ()
    unchanged: tuple[Partition, ...] = ()
    failed: dict[Partition, str] = field(default_factory=dict)


class _Made(NamedTuple):
    """A partition that was rebuilt: the name of the build, and the digest of what it gave."""

    link: Link
    input: str
    result: Rebuilt
    content: str


@dataclass
class _Work:
    """One call's inputs, and what it has done so far."""

    lake: Lake
    contract: Contract
    head: CommitId
    store: Store
    progress: Progress
    folder: Path
    audit: CommitId = ""
    made: dict[Partition, _Made] = field(default_factory=dict)
    failed: dict[Partition, str] = field(default_factory=dict)
    carries: dict[str, Carry] = field(default_factory=dict)

    def links(self, instrument: str) -> Iterator[Link]:
        return links(self.lake, self.head, self.contract.dataset, instrument)

    def path(self, partition: Partition) -> str:
        return dataset_path(self.contract.dataset, partition.instrument, partition.date)

    def content(self, commit: CommitId, partition: Partition) -> str | None:
        """Return the content digest of the bytes a commit holds, None for none."""
        reading = Reading(self.lake, commit, self.path(partition))
        try:
            return partition_content(reading, self.store).digest
        except ObjectNotFound:
            return None


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
    its book.
    Raises InputError for a partition that has no raw capture.
    """
    store = store if store is not None else MemoryStore()
    for _ in range(ATTEMPTS - 1):
        try:
            return _attempt(lake, contract, partitions, store, progress)
        except (HeadMoved, RefNotFound):
            continue  # another call is at the same work: go on from where it is now
    return _attempt(lake, contract, partitions, store, progress)


def _attempt(
    lake: Lake,
    contract: Contract,
    partitions: Sequence[Partition] | None,
    store: Store,
    progress: Progress,
) -> Batch:
    head = lake.head(MAIN)
    wanted = _wanted(lake, head, partitions)
    with tempfile.TemporaryDirectory(prefix="karat-") as folder:
        work = _Work(lake, contract, head, store, progress, Path(folder))
        branch = _branch_name(work, wanted)
        with lake.session(head, branch=branch) as session:
            work.audit = lake.head(branch)
            for instrument, chosen in wanted.items():
                _forward(work, session, instrument, chosen)
            if work.made:
                # Another raw may give what is published already: builds, and nothing to commit.
                session.commit(f"Rebuild {len(work.made)} partitions", allow_empty=True)
                _record(work)
    changed = changed_partitions(lake, head, branch, contract.dataset)
    if not changed:
        lake.delete_branch(branch)
    rebuilt = {*work.made, *changed}
    unchanged = {p for chosen in wanted.values() for p in chosen} - rebuilt - {*work.failed}
    name = branch if changed else None
    return Batch(name, tuple(sorted(rebuilt)), tuple(sorted(unchanged)), work.failed)


def _wanted(
    lake: Lake, head: CommitId, partitions: Sequence[Partition] | None
) -> dict[str, set[Partition]]:
    have = raw_partitions(lake, head)
    chosen: dict[str, set[Partition]] = {}
    for partition in have if partitions is None else partitions:
        if partition not in have:
            path = raw_path(partition.instrument, partition.date)
            raise InputError(f"{partition}: no raw capture; ingest {path} first")
        chosen.setdefault(partition.instrument, set()).add(partition)
    return chosen


def _branch_name(work: _Work, wanted: dict[str, set[Partition]]) -> str:
    """Name the audit branch by everything that decides what will be on it."""
    parts: list[str] = []
    for instrument, chosen in sorted(wanted.items()):
        for link in work.links(instrument):
            there = str(work.content(work.head, link.partition))
            asked = str(link.partition in chosen)
            parts += [str(link.partition), link.raw, link.instrument.digest, there, asked]
    return f"wap-{digest('audit/1', work.contract.dataset, REBUILD_VERSION, *parts)[:32]}"


def _earlier(work: _Work, branch: str, wanted: dict[str, set[Partition]]) -> Batch | None:
    """Return what an earlier call left on the branch, if that is all there is to do.

    A branch that lacks an asked partition without a build of its own is dropped, and begun again.
    """
    if branch not in [ref.name for ref in work.lake.branches(branch)]:
        return None
    done = changed_partitions(work.lake, work.head, branch, work.contract.dataset)
    built = {link.partition for i in wanted for link in work.links(i) if link.build}
    asked = {partition for chosen in wanted.values() for partition in chosen}
    if done and asked <= built:
        return Batch(branch, tuple(done), tuple(sorted(asked - set(done))))
    work.lake.delete_branch(branch)
    return None


def _forward(work: _Work, session: WriteSession, instrument: str, chosen: set[Partition]) -> None:
    """Walk one instrument's days; rebuild the chosen ones, and on while the book differs."""
    ledger = Ledger(work.lake)
    days = list(work.links(instrument))
    needed = _needed(work, days, chosen)
    opening: str | None = NO_BOOK
    moved = False
    for link in days:
        partition, dataset = link.partition, work.contract.dataset
        build = find_build(ledger, dataset, partition, link.raw, opening, link.instrument)
        due = partition in needed or (moved and not _resets(work, link))
        if build and (not due or work.content(work.head, partition) == build.content):
            opening, moved = build.closing, False
        elif build and work.content(work.audit, partition) == build.content:
            opening, moved = build.closing, True
        elif due:
            opening, moved = _rebuild(work, session, link, opening, ledger), True
        else:
            opening, moved = None, False


def _needed(work: _Work, days: Sequence[Link], chosen: set[Partition]) -> set[Partition]:
    """Return `chosen` and the days before them whose books they open with, if never built."""
    needed = set(chosen)
    for before, link in zip(reversed(days[:-1]), reversed(days[1:]), strict=True):
        unknown = link.build is None and link.opening is None
        if link.partition in needed and unknown and not _resets(work, link):
            needed.add(before.partition)
    return needed


def _resets(work: _Work, link: Link) -> bool:
    """Return whether a snapshot opens a day, so that no other day's book matters to it."""
    source = raw_path(link.partition.instrument, link.partition.date)
    reader = reader_of(link.partition.instrument)
    try:
        return opens_with_snapshot(work.lake.local_path(work.head, source), reader, source)
    except InputError:
        return True  # what is wrong with it is told when it is rebuilt


def _rebuild(
    work: _Work, session: WriteSession, link: Link, opening: str | None, ledger: Ledger
) -> str | None:
    """Rebuild one partition; return its closing carry, None when it failed.

    What is published already with the same values, however encoded, is not put anew.
    """
    partition = link.partition
    source = raw_path(partition.instrument, partition.date)
    out = work.folder / "book_events.parquet"
    work.progress("rebuild", len(work.made), 0, str(partition))
    try:
        result = rebuild(
            work.lake.local_path(work.head, source),
            out,
            reader=reader_of(partition.instrument),
            instrument=link.instrument,
            opening=_carry(work, ledger, opening),
            source=source,
        )
    except InputError as error:
        work.failed[partition] = str(error)
        return None
    content = table_content(pq.read_table(out))
    if content.digest != work.content(work.head, partition):
        info = session.put(work.path(partition), out)
        keep_content(work.store, info.content_hash, content)
    name = input_digest(link.raw, result.opening, link.instrument)
    work.made[partition] = _Made(link, name, result, content.digest)
    work.carries[result.closing.digest] = result.closing
    return result.closing.digest


def _carry(work: _Work, ledger: Ledger, name: str | None) -> Carry | None:
    if name is None or name == NO_BOOK:
        return None
    return work.carries.get(name) or ledger.carry(work.contract.dataset, name)


def _record(work: _Work) -> None:
    """Write the builds, and the books they close with, to the ledger."""
    dataset, ledger = work.contract.dataset, Ledger(work.lake)
    files = {
        carry_path(dataset, name): carry.encode()
        for name, carry in work.carries.items()
        if not ledger.has_carry(dataset, name)
    }
    for partition, (link, name, result, content) in work.made.items():
        build = Build(
            raw=link.raw,
            opening=result.opening,
            instrument=link.instrument.digest,
            rebuild_version=REBUILD_VERSION,
            content=content,
            rows=result.rows,
            closing=result.closing.digest,
            counts=result.counts,
            places=tuple(result.places),
        )
        files[build_path(dataset, partition, name)] = build.encode()
    record(work.lake, files, f"Record {len(work.made)} builds of {dataset}")
