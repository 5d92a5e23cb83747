"""From a raw capture to its build, book after book: which content the newest raw gave."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from karat.errors import ObjectNotFound
from karat.lake import CommitId, Lake, Prefix
from karat.lake.layout import RAW, Partition, parse_dataset_path, reference_path
from karat.messages import NO_BOOK, RESET, Instrument, input_digest, instrument_on
from karat.verdicts.build import Build
from karat.verdicts.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Link:
    """A raw partition: its bytes' digest, the book it would open with, its build if there is one.

    `opening` is the closing carry of the partition before, `none` for the first one, None when
    that partition has no build yet.
    """

    partition: Partition
    raw: str
    instrument: Instrument
    opening: str | None
    build: Build | None


def raw_partitions(lake: Lake, commit: CommitId, instrument: str | None = None) -> list[Partition]:
    """Return the partitions that have a raw capture, by instrument and day."""
    prefix = f"{RAW}/{instrument}/" if instrument else f"{RAW}/"
    return [partition for partition, _ in files(lake, commit, prefix)]


def files(lake: Lake, commit: CommitId, prefix: str) -> Iterator[tuple[Partition, str]]:
    """Yield the partitions below a lake folder, with the SHA-256 of their bytes, in order."""
    for found in lake.list(commit, prefix):
        parsed = None if isinstance(found, Prefix) else parse_dataset_path(found.path)
        if parsed and not isinstance(found, Prefix):
            yield parsed[1], found.content_hash


def reference(lake: Lake, commit: CommitId, partition: Partition) -> Instrument:
    """Return the instrument as it stood that day; InputError when the lake has nothing on it."""
    path = reference_path(partition.instrument)
    try:
        with lake.open(commit, path) as stream:
            text = stream.read().decode()
    except ObjectNotFound as error:
        raise ObjectNotFound(f"{path}: no reference data; ingest the instrument first") from error
    return instrument_on(text, partition.instrument, partition.date, path)


def links(lake: Lake, commit: CommitId, dataset: str, instrument: str) -> Iterator[Link]:
    """Yield every raw partition of an instrument with its build, day after day."""
    ledger = Ledger(lake)

    def link(partition: Partition, raw: str, before: str | None) -> Link:
        how = reference(lake, commit, partition)
        build = find_build(ledger, dataset, partition, raw, before, how)
        return Link(partition, raw, how, before, build)

    return linked(files(lake, commit, f"{RAW}/{instrument}/"), link)


def linked(
    days: Iterable[tuple[Partition, str]], link: Callable[[Partition, str, str | None], Link]
) -> Iterator[Link]:
    """Yield the links of one instrument's days, each made of its raw and the book before it."""
    before: str | None = NO_BOOK
    for partition, raw in days:
        one = link(partition, raw, before)
        yield one
        before = one.build.closing if one.build else None


def find_build(
    ledger: Ledger,
    dataset: str,
    partition: Partition,
    raw: str,
    opening: str | None,
    instrument: Instrument,
) -> Build | None:
    """Return the build of a raw digest: one that a snapshot opened, or one from `opening`."""
    for book in dict.fromkeys([RESET, opening]):
        if book is not None:
            name = input_digest(raw, book, instrument)
            if build := ledger.build(dataset, partition, name):
                return build
    return None
