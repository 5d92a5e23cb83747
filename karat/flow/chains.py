"""The chain of books on main: each day opens with the book that the day before it closed with."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from karat.contracts import Contract
from karat.errors import CorruptError, ObjectNotFound
from karat.flow.note import Note
from karat.lake import CommitId, Lake
from karat.lake.layout import Partition, published_verdict_path
from karat.messages import NO_BOOK, RESET
from karat.verdicts import Build, Ledger, Link, links

TOGETHER = ": rebuild the two in one call, and publish what it gives"


def first_break(
    days: Sequence[Link],
    published: Mapping[Partition, Build],
    admitted: Collection[Partition],
) -> tuple[Partition, str] | None:
    """Return an admitted partition next to a book that does not carry over, and why; or None.

    `days` are all of one instrument, in order; those in `admitted` will stand as their links say,
    all others as `published`.
    """
    before: Partition | None = None
    closed: str | None = NO_BOOK
    for link in days:
        day = link.partition
        build = link.build if day in admitted else standing(link.build, published.get(day), closed)
        if build and build.opening not in {RESET, closed}:
            if day in admitted:
                return day, opens_otherwise(before)
            if before is not None and before in admitted:
                return before, closes_otherwise(day)
        before, closed = day, build.closing if build else None
    return None


def opens_otherwise(before: Partition | None) -> str:
    """Return what is wrong with a partition whose book is not the one before it."""
    return f"opens with a book that {before} does not close with on main{TOGETHER}"


def closes_otherwise(after: Partition) -> str:
    """Return what is wrong with a partition whose book is not the one after it."""
    return f"closes with a book that {after} on main does not open with{TOGETHER}"


def standing(newest: Build | None, published: Build | None, closed: str | None) -> Build | None:
    """Return the build that what is published stands for after a book that `closed`.

    Another book may give the same values, where only levels that a day never touches differ: then
    nothing is to be published, and the newest build speaks of what is there.
    """
    same = newest and published and newest.content == published.content
    return newest if newest and same and newest.opening in {RESET, closed} else published


def published_builds(
    lake: Lake, contract: Contract, commit: CommitId, instrument: str
) -> dict[Partition, Build]:
    """Return the build of every published partition of an instrument.

    Raises CorruptError when main names a build that the ledger does not hold.
    """
    ledger, dataset = Ledger(lake), contract.dataset
    found = {}
    for link in links(lake, commit, dataset, instrument, contract.source):
        note = _note(lake, commit, dataset, link.partition)
        if note is not None:
            build = ledger.build(dataset, link.partition, note.build)
            if build is None:
                raise CorruptError(f"{link.partition}: main names a build the ledger lacks")
            found[link.partition] = build
    return found


def _note(lake: Lake, commit: CommitId, dataset: str, partition: Partition) -> Note | None:
    try:
        with lake.open(commit, published_verdict_path(dataset, partition)) as stream:
            return Note.decode(stream.read(), str(partition))
    except ObjectNotFound:
        return None
