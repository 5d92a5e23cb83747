"""One instrument's days, walked forward: what is due is rebuilt, book after book."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from karat.compute import Reading, index_file, known_content, partition_content
from karat.contracts import Contract, SourceRule
from karat.errors import InputError, ObjectNotFound
from karat.lake import CommitId, Lake, WriteSession
from karat.lake.layout import Partition, build_path, carry_path, dataset_path
from karat.messages import NO_BOOK, RESET, Carry, Instrument, reader_of, rebuild
from karat.messages.making import make
from karat.messages.rebuilding import opens_with_snapshot
from karat.store import Store
from karat.telemetry import Progress
from karat.verdicts import Build, Ledger, Link, links, record
from karat.verdicts.lineage import find_build, version_of

LOOKED_BACK = 1000
"""So many commits of main are looked through for bytes that it held before."""


class Given(NamedTuple):
    """What a partition's making gave: the books it opened and closed with, and what was met."""

    opening: str
    closing: str
    rows: int
    counts: Mapping[str, int]
    places: Sequence[Mapping[str, Any]]


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
    made: dict[Partition, Build] = field(default_factory=dict)
    failed: dict[Partition, str] = field(default_factory=dict)
    carries: dict[str, Carry] = field(default_factory=dict)

    def links(self, instrument: str) -> Iterator[Link]:
        """Yield the raw partitions of an instrument with their builds, day after day."""
        return links(self.lake, self.head, self.contract.dataset, instrument, self.contract.source)

    def source(self, partition: Partition) -> str:
        """Return where the capture of a partition lies."""
        return dataset_path(self.contract.source.folder, partition.instrument, partition.date)

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
        build = find_build(ledger, dataset, partition, link.raw, opening, link.recipe)
        touched = moved or partition in needed
        if build and (not touched or work.content(work.head, partition) == build.content):
            opening, moved = build.closing, False
        elif build and _is_put_back(work, session, partition, build):
            opening, moved = build.closing, True
        elif partition in needed or (moved and not _resets(work, link)):
            opening, moved = _rebuild(work, session, link, opening, ledger), True
        elif build:
            opening, moved = build.closing, False
        else:
            opening, moved = None, False


def _is_put_back(work: Work, session: WriteSession, partition: Partition, build: Build) -> bool:
    """Put what main held before back as it was, unread; return whether that is on the branch.

    Only files that were seen when they were made or judged can be known by their names.
    """
    if work.content(work.audit, partition) == build.content:
        return True
    path, tried = work.path(partition), set[str]()
    for commit in work.lake.log(work.head, limit=LOOKED_BACK, first_parent=True):
        try:
            info = work.lake.stat(commit.id, path)
        except ObjectNotFound:
            continue
        if info.content_hash not in tried:
            tried.add(info.content_hash)
            known = known_content(Reading(work.lake, commit.id, path), work.store)
            if known and known.digest == build.content:
                session.take(path, commit.id)
                work.made[partition] = build
                return True
    return False


def _needed(work: Work, days: Sequence[Link], chosen: set[Partition]) -> set[Partition]:
    """Return `chosen` and the days before them whose books they open with, if never built."""
    needed = set(chosen)
    for before, link in zip(reversed(days[:-1]), reversed(days[1:]), strict=True):
        unknown = link.build is None and link.opening is None and before.partition not in needed
        if link.partition in needed and unknown and not _resets(work, link):
            needed.add(before.partition)
    return needed


def _resets(work: Work, link: Link) -> bool:
    """Return whether no other day's book matters: a snapshot opens the day, or it has no book."""
    if isinstance(link.recipe, SourceRule):
        return True
    source = work.source(link.partition)
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
    out = work.folder / "partition.parquet"
    work.progress("rebuild", len(work.made), 0, str(partition))
    try:
        if isinstance(link.recipe, SourceRule):
            given = _by_function(work, link.recipe, partition, out)
        else:
            given = _by_reader(work, link.recipe, partition, out, _carry(work, ledger, opening))
    except InputError as error:
        work.failed[partition] = str(error)
        return None
    content = index_file(out, work.store)
    if content.digest != work.content(work.head, partition):
        session.put(work.path(partition), out)
    work.made[partition] = _build(link, given, content.digest)
    return given.closing


def _by_function(work: Work, source: SourceRule, partition: Partition, out: Path) -> Given:
    where = work.source(partition)
    rows = make(source.made_by, work.lake.local_path(work.head, where), out, where)
    return Given(RESET, NO_BOOK, rows, {}, ())


def _by_reader(
    work: Work, instrument: Instrument, partition: Partition, out: Path, opening: Carry | None
) -> Given:
    where = work.source(partition)
    result = rebuild(
        work.lake.local_path(work.head, where),
        out,
        reader=reader_of(partition.instrument),
        instrument=instrument,
        opening=opening,
        source=where,
        progress=work.progress,
    )
    closing = result.closing.digest
    work.carries[closing] = result.closing
    return Given(result.opening, closing, result.rows, result.counts, result.places)


def _build(link: Link, given: Given, content: str) -> Build:
    return Build(
        raw=link.raw,
        opening=given.opening,
        instrument=link.recipe.digest,
        rebuild_version=version_of(link.recipe),
        content=content,
        rows=given.rows,
        closing=given.closing,
        counts=given.counts,
        places=tuple(given.places),
    )


def _carry(work: Work, ledger: Ledger, name: str | None) -> Carry | None:
    if name is None or name == NO_BOOK:
        return None
    return work.carries.get(name) or ledger.carry(work.contract.dataset, name)


def record_builds(work: Work) -> None:
    """Write the builds, and the books they close with, to the ledger."""
    dataset = work.contract.dataset
    books = {carry_path(dataset, name): carry.encode() for name, carry in work.carries.items()}
    statements = {
        build_path(dataset, partition, build.input): build.encode(f"{dataset}/{partition}")
        for partition, build in work.made.items()
    }
    message = f"Record {len(work.made)} builds of {dataset}"
    record(work.lake, statements, message, files=books)
