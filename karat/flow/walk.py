"""One instrument's days, walked forward: what is due is rebuilt, book after book."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from karat.compute import Reading, index_file, partition_content
from karat.contracts import Contract
from karat.errors import InputError, ObjectNotFound
from karat.lake import CommitId, Lake, WriteSession
from karat.lake.layout import Partition, build_path, carry_path, dataset_path, raw_path
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
from karat.store import Store
from karat.telemetry import Progress
from karat.verdicts import Build, Ledger, Link, links, record
from karat.verdicts.lineage import find_build


class Made(NamedTuple):
    """A partition that was rebuilt: the name of the build, and the digest of what it gave."""

    link: Link
    input: str
    result: Rebuilt
    content: str


@dataclass
class Work:
    """One call's inputs, and what it has done so far.

    `head` is the commit of main that is read, `audit` where the audit branch stood at the start.
    """

    lake: Lake
    contract: Contract
    head: CommitId
    store: Store
    progress: Progress
    folder: Path
    audit: CommitId = ""
    made: dict[Partition, Made] = field(default_factory=dict)
    failed: dict[Partition, str] = field(default_factory=dict)
    carries: dict[str, Carry] = field(default_factory=dict)

    def links(self, instrument: str) -> Iterator[Link]:
        """Yield the raw partitions of an instrument with their builds, day after day."""
        return links(self.lake, self.head, self.contract.dataset, instrument)

    def path(self, partition: Partition) -> str:
        """Return where a partition of the dataset lies."""
        return dataset_path(self.contract.dataset, partition.instrument, partition.date)

    def content(self, commit: CommitId, partition: Partition) -> str | None:
        """Return the content digest of the bytes a commit holds, None for none."""
        reading = Reading(self.lake, commit, self.path(partition))
        try:
            return partition_content(reading, self.store).digest
        except ObjectNotFound:
            return None


def forward(work: Work, session: WriteSession, instrument: str, chosen: set[Partition]) -> None:
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


def _needed(work: Work, days: Sequence[Link], chosen: set[Partition]) -> set[Partition]:
    """Return `chosen` and the days before them whose books they open with, if never built."""
    needed = set(chosen)
    for before, link in zip(reversed(days[:-1]), reversed(days[1:]), strict=True):
        unknown = link.build is None and link.opening is None
        if link.partition in needed and unknown and not _resets(work, link):
            needed.add(before.partition)
    return needed


def _resets(work: Work, link: Link) -> bool:
    """Return whether a snapshot opens a day, so that no other day's book matters to it."""
    source = raw_path(link.partition.instrument, link.partition.date)
    reader = reader_of(link.partition.instrument)
    try:
        return opens_with_snapshot(work.lake.local_path(work.head, source), reader, source)
    except InputError:
        return True  # what is wrong with it is told when it is rebuilt


def _rebuild(
    work: Work, session: WriteSession, link: Link, opening: str | None, ledger: Ledger
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
            progress=work.progress,
        )
    except InputError as error:
        work.failed[partition] = str(error)
        return None
    content = index_file(out, work.store)
    if content.digest != work.content(work.head, partition):
        session.put(work.path(partition), out)
    name = input_digest(link.raw, result.opening, link.instrument)
    work.made[partition] = Made(link, name, result, content.digest)
    work.carries[result.closing.digest] = result.closing
    return result.closing.digest


def _carry(work: Work, ledger: Ledger, name: str | None) -> Carry | None:
    if name is None or name == NO_BOOK:
        return None
    return work.carries.get(name) or ledger.carry(work.contract.dataset, name)


def record_builds(work: Work) -> None:
    """Write the builds, and the books they close with, to the ledger."""
    dataset = work.contract.dataset
    books = {carry_path(dataset, name): carry.encode() for name, carry in work.carries.items()}
    statements = {}
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
        statements[build_path(dataset, partition, name)] = build.encode(f"{dataset}/{partition}")
    message = f"Record {len(work.made)} builds of {dataset}"
    record(work.lake, statements, message, files=books)
