"""The files that partitions are made of or held against, and what changed of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from karat.digest import digest
from karat.errors import RefNotFound
from karat.flow.listing import listing
from karat.flow.summary import partition_tree
from karat.lake import CommitId, Lake, ObjectInfo
from karat.lake.layout import Partition, parse_dataset_path
from karat.store import Store

REFERENCE = "reference/"
Days = dict[Partition, str]


@dataclass(frozen=True)
class Files:
    """What a commit holds in some folders: days with their digests, and what instruments are."""

    folders: Mapping[str, Days]
    references: Mapping[str, str]

    def of(self, instrument: str) -> list[Partition]:
        """Return the days that an instrument has in any of the folders, in order."""
        found = {one for days in self.folders.values() for one in days}
        return sorted(one for one in found if one.instrument == instrument)

    def roots(self) -> dict[str, str]:
        """Return one digest for all that is held of each instrument."""
        held: dict[str, dict[str, Days]] = {}
        for folder, days in self.folders.items():
            for one, name in days.items():
                held.setdefault(one.instrument, {}).setdefault(folder, {})[one] = name
        return {name: self._root(name, own) for name, own in sorted(held.items())}

    def _root(self, instrument: str, own: Mapping[str, Days]) -> str:
        trees = (part for folder in own for part in (folder, partition_tree(own[folder]).root))
        return digest("watched/1", self.references.get(instrument, ""), *trees)[:32]


@dataclass(frozen=True)
class Changes:
    """What differs between two commits: `days`, those that are `gone`, and what instruments are."""

    days: frozenset[Partition]
    gone: frozenset[Partition]
    references: frozenset[str]


def files_at(lake: Lake, commit: CommitId, folders: Sequence[str], store: Store) -> Files:
    """Return what a commit holds; `store` only makes it quick."""
    held = {folder: listing(lake, commit, folder, store) for folder in folders}
    infos = (one for one in lake.list(commit, REFERENCE) if isinstance(one, ObjectInfo))
    return Files(held, {_named(one.path): one.content_hash for one in infos})


def changes(lake: Lake, left: CommitId, right: CommitId, folders: Sequence[str]) -> Changes | None:
    """Return what has other bytes at `right` than at `left`; None when `left` is not there.

    Times, metadata and names of branches are no bytes.
    """
    try:
        found = [one for folder in folders for one in _bytes_differ(lake, left, right, folder)]
        named = [path for path, _ in _bytes_differ(lake, left, right, REFERENCE.rstrip("/"))]
    except RefNotFound:
        return None
    days = {parsed[1]: there for path, there in found if (parsed := parse_dataset_path(path))}
    return Changes(
        frozenset(one for one, there in days.items() if there),
        frozenset(one for one, there in days.items() if not there),
        frozenset(map(_named, named)),
    )


def _bytes_differ(
    lake: Lake, left: CommitId, right: CommitId, folder: str
) -> Iterator[tuple[str, bool]]:
    for one in lake.diff(left, right, f"{folder}/"):
        before = one.left.content_hash if one.left else ""
        after = one.right.content_hash if one.right else ""
        if before != after:
            yield one.path, bool(after)


def _named(path: str) -> str:
    return path.removeprefix(REFERENCE).removesuffix(".csv")
