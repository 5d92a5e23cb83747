"""What a `Repository` stands on: names and commits, trees of files, and bytes.

Three small parts, so that the rules of a lake are written once (`karat.lake.repository`) and the
implementations differ only in where things lie.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, Protocol

from karat.lake.protocol import Commit, CommitId, ObjectInfo, Ref, Source
from karat.telemetry import Clock

RefKind = Literal["branch", "tag"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a tree without its path; equal when bytes, metadata and content type are."""

    content_hash: str
    size: int
    content_type: str
    metadata: Mapping[str, str]
    mtime_s: int = field(compare=False)

    def info(self, path: str) -> ObjectInfo:
        """Return the entry as readers see it."""
        return ObjectInfo(
            path=path,
            size=self.size,
            content_hash=self.content_hash,
            etag=self.content_hash,
            metadata=self.metadata,
            content_type=self.content_type,
            mtime_s=self.mtime_s,
        )


class Delta(NamedTuple):
    """One path that two trees hold differently; None where a tree has nothing there."""

    path: str
    old: Entry | None
    new: Entry | None


@dataclass(frozen=True, slots=True)
class Record:
    """A commit and its generation: 0 for the first, else one more than its highest parent's."""

    commit: Commit
    generation: int


class Refs(Protocol):
    """Names and commits."""

    def transaction(self) -> AbstractContextManager[None]:
        """Hold off all other writers; leaving with an exception undoes every write inside."""

    def ref(self, kind: RefKind, name: str) -> CommitId | None:
        """Return the commit of a branch or tag, or None."""

    def refs(self, kind: RefKind, prefix: str) -> tuple[Ref, ...]:
        """Return all whose names begin with `prefix`, by name."""

    def set_ref(self, kind: RefKind, name: str, commit: CommitId) -> None:
        """Make or move a branch; make a tag."""

    def delete_branch(self, name: str) -> None:
        """Forget a branch."""

    def record(self, commit: CommitId) -> Record | None:
        """Return a commit, or None."""

    def add_record(self, record: Record) -> None:
        """Keep a commit for ever."""


class Trees(Protocol):
    """Immutable maps from path to entry, named by what they hold; a name is a tree id."""

    def empty(self) -> str:
        """Return the name of the tree without files."""

    def find(self, tree: str, path: str) -> Entry | None:
        """Return the entry at `path`, or None."""

    def entries(self, tree: str, prefix: str) -> Iterator[tuple[str, Entry]]:
        """Yield paths that begin with `prefix` and their entries, by path."""

    def apply(self, tree: str, changes: Mapping[str, Entry | None]) -> str:
        """Return the name of `tree` with `changes` made; None takes a path away."""

    def draft(self, tree: str, changes: Mapping[str, Entry | None]) -> str:
        """Return the same, for a tree that no commit will name: nothing is written."""

    def diff(self, left: str, right: str, prefix: str) -> Iterator[Delta]:
        """Yield where two trees differ below `prefix`, by path."""


class Staging(Protocol):
    """Bytes that one session has put; they are kept while it is open, whether committed or not."""

    def put(self, data: Source, *, consume: bool = False) -> tuple[str, int]:
        """Keep the bytes and return their digest and their count.

        With `consume`, `data` is a file that is taken away.
        """

    def close(self) -> None:
        """Let what was not committed go when it is old."""


class Blobs(Protocol):
    """Bytes named by their SHA-256."""

    def staging(self, branch: str) -> Staging:
        """Begin to put bytes for the session on `branch`."""

    def open(self, content_hash: str, size: int) -> BinaryIO:
        """Return a seekable stream that raises `CorruptError` before a wrong end; `ObjectGone`."""

    def path(self, content_hash: str, *, verify: bool) -> Path:
        """Return a read-only file of the bytes; `ObjectGone`, `CorruptError`."""


@dataclass(frozen=True, slots=True)
class Backend:
    """The three parts and the clock that dates commits."""

    refs: Refs
    trees: Trees
    blobs: Blobs
    clock: Clock
