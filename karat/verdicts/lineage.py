"""From a raw capture to its build, book after book: which content the newest raw gave."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from karat.contracts import VENUES, SourceRule
from karat.errors import ObjectNotFound
from karat.lake import CommitId, Lake, Prefix
from karat.lake.layout import Partition, parse_dataset_path, reference_path
from karat.messages import NO_BOOK, REBUILD_VERSION, RESET, Instrument, instrument_on
from karat.messages.rebuilding import build_digest
from karat.verdicts.build import Build
from karat.verdicts.ledger import Ledger

Recipe = Instrument | SourceRule


@dataclass(frozen=True, slots=True)
class Link:
    """A raw partition: its bytes' digest, the book it would open with, its build if there is one.

    `recipe` is all else that it is made by: its instrument, or a dataset's own function. `opening`
    is the closing carry of the partition before, `none` for the first one, None when that
    partition has no build yet.
    """

    partition: Partition
    raw: str
    recipe: Recipe
    opening: str | None
    build: Build | None


def raw_partitions(
    lake: Lake, commit: CommitId, instrument: str | None = None, source: SourceRule = VENUES
) -> list[Partition]:
    """Return the partitions that have a raw capture, by instrument and day."""
    prefix = f"{source.folder}/{instrument}/" if instrument else f"{source.folder}/"
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


def recipe_of(lake: Lake, commit: CommitId, partition: Partition, source: SourceRule) -> Recipe:
    """Return what a partition is made by beside its capture; errors as `reference`."""
    return source if source.made_by else reference(lake, commit, partition)


def links(
    lake: Lake, commit: CommitId, dataset: str, instrument: str, source: SourceRule = VENUES
) -> Iterator[Link]:
    """Yield every raw partition of an instrument with its build, day after day.

    `source` is the contract's.
    """
    ledger = Ledger(lake)

    def link(partition: Partition, raw: str, before: str | None) -> Link:
        how = recipe_of(lake, commit, partition, source)
        build = find_build(ledger, dataset, partition, raw, before, how)
        return Link(partition, raw, how, before, build)

    return linked(files(lake, commit, f"{source.folder}/{instrument}/"), link)


def linked(
    days: Iterable[tuple[Partition, str]], link: Callable[[Partition, str, str | None], Link]
) -> Iterator[Link]:
    """Yield the links of one instrument's days, each made of its raw and the book before it."""
    before: str | None = NO_BOOK
    for partition, raw in days:
        one = link(partition, raw, before)
        yield one
        before = one.build.closing if one.build else None


def build_name(raw: str, opening: str, how: Recipe) -> str:
    """Return the name of a build by its inputs."""
    return build_digest(raw, opening, how.digest, version_of(how))


def version_of(how: Recipe) -> int:
    """Return the version of what makes a partition: a contract's function, or our rebuild."""
    return how.version if isinstance(how, SourceRule) else REBUILD_VERSION


def find_build(
    ledger: Ledger,
    dataset: str,
    partition: Partition,
    raw: str,
    opening: str | None,
    how: Recipe,
) -> Build | None:
    """Return the build of a raw digest: one that a snapshot opened, or one from `opening`."""
    for book in dict.fromkeys([RESET, opening]):
        if book is not None:
            name = build_name(raw, book, how)
            if build := ledger.build(dataset, partition, name):
                return build
    return None
