"""What every lake does: one repository of files with branches, commits, merges and tags.

Writes go through a `WriteSession` on a private branch; to publish is to `Lake.merge` it. Readers
read by commit id, which never changes. Names and paths are checked before anything is touched
(`karat.lake.paths`); every error is one of `karat.errors`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import BinaryIO, Literal, Protocol, Self

from karat.lake.keys import Keys

CommitId = str
ChangeType = Literal["added", "removed", "changed", "conflict"]
DiffMode = Literal["two-dot", "three-dot"]
Source = bytes | bytearray | memoryview | Path | BinaryIO
NO_METADATA: Mapping[str, str] = MappingProxyType({})
OCTETS = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Ref:
    """A branch or tag and the commit it names."""

    name: str
    commit: CommitId


@dataclass(frozen=True, slots=True)
class Commit:
    """A state of all files, and where it came from.

    `tree_id` names the files alone: two commits that hold the same files have the same one.
    `created_at_s` is seconds since 1970 UTC. The first commit of a lake has no parents; a merge
    has two, the destination's head first.
    """

    id: CommitId
    parents: tuple[CommitId, ...]
    message: str
    metadata: Mapping[str, str]
    created_at_s: int
    tree_id: str


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One file of a commit: `size` in bytes, `content_hash` the 64 hex digits of its SHA-256.

    `mtime_s` tells about when the bytes were put; it is no part of what makes two files equal.
    """

    path: str
    size: int
    content_hash: str
    etag: str
    metadata: Mapping[str, str]
    content_type: str
    mtime_s: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Prefix:
    """What a listing with a delimiter shows for all paths that begin so."""

    path: str


@dataclass(frozen=True, slots=True)
class Change:
    """One path that differs; `left` and `right` are what stands on each side, None for nothing."""

    path: str
    type: ChangeType
    left: ObjectInfo | None
    right: ObjectInfo | None


class WriteSession(Protocol):
    """Changes gathered for one private branch.

    Staged changes are seen by readers of the branch only once committed. A context manager:
    leaving with an exception discards what is staged, and the branch too where the lake named it
    and nothing was committed on it. Leaving in peace with something staged is an `InputError`:
    nothing is dropped in silence.
    """

    @property
    def branch(self) -> str:
        """The private branch."""

    def put(
        self,
        path: str,
        data: Source,
        *,
        metadata: Mapping[str, str] = NO_METADATA,
        content_type: str = OCTETS,
        if_absent: bool = False,
        consume: bool = False,
    ) -> ObjectInfo:
        """Stage the bytes of `data` at `path`; a `Path` is a file to copy, a stream is read on.

        With `consume`, the file is given away: it is gone when this returns, and need not be
        copied. The bytes are safe on disk when this returns. `ObjectExists` with `if_absent` when
        the path is taken; `InputError` when `data` cannot be read.
        """

    def take(self, path: str, ref: str) -> ObjectInfo:
        """Stage at `path` what `ref` holds there, without its bytes coming this way.

        `ObjectNotFound` when that is nothing.
        """

    def delete(self, path: str) -> None:
        """Stage that nothing is at `path`; nothing happens when nothing is there."""

    def commit(
        self,
        message: str,
        metadata: Mapping[str, str] = NO_METADATA,
        *,
        allow_empty: bool = False,
    ) -> CommitId:
        """Add a commit of all that is staged.

        `NothingToCommit` when the files stay as they are; `HeadMoved` when someone else has
        committed to the branch.
        """

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class Lake(Protocol):
    """One repository. A `ref` is a branch, a tag or a full commit id, never an expression."""

    @property
    def keys(self) -> Keys:
        """What this connection signs with and believes."""

    def head(self, branch: str) -> CommitId:
        """Return the last commit of `branch`; `RefNotFound`."""

    def resolve(self, ref: str) -> CommitId:
        """Return the commit `ref` names; `RefNotFound`."""

    def commit_info(self, ref: str) -> Commit:
        """Return what is known of the commit `ref` names; `RefNotFound`."""

    def create_branch(self, name: str, source: str, *, exist_ok: bool = False) -> CommitId:
        """Start a branch at the commit of `source`, and return that commit.

        `RefExists` when the name is taken, unless `exist_ok` and it is a branch at that commit.
        """

    def delete_branch(self, name: str) -> None:
        """Forget the name, not the commits; `RefNotFound`; `ProtectedRef` for main and ledger."""

    def branches(self, prefix: str = "") -> Iterator[Ref]:
        """Yield the branches whose names begin with `prefix`, by name."""

    def create_tag(self, name: str, ref: str, *, exist_ok: bool = False) -> CommitId:
        """Name a commit for ever, and return it; `RefExists` as in `create_branch`."""

    def tags(self, prefix: str = "") -> Iterator[Ref]:
        """Yield the tags whose names begin with `prefix`, by name."""

    def stat(self, ref: str, path: str) -> ObjectInfo:
        """Return what is known of one file; `ObjectNotFound`."""

    def open(self, ref: str, path: str) -> BinaryIO:
        """Return a seekable stream of the file's bytes.

        `ObjectNotFound`; `ObjectGone` when the bytes are missing. Whoever reads it from the
        start to the end has read what was put: `CorruptError` comes before the end otherwise.
        """

    def local_path(self, ref: str, path: str, *, verify: bool = True) -> Path:
        """Return a read-only file with these bytes, to be mapped and never changed.

        Its SHA-256 is checked first unless `verify` is false; `CorruptError`, `ObjectGone`.
        """

    def list(
        self, ref: str, prefix: str = "", *, delimiter: str | None = None
    ) -> Iterator[ObjectInfo | Prefix]:
        """Yield the files whose paths begin with `prefix`, in the order of their bytes.

        With a `delimiter`, paths that hold it after the prefix are shown once, as a `Prefix`.
        """

    def session(self, base: str, *, branch: str | None = None) -> WriteSession:
        """Start writing on a private branch off `base`.

        Without a name, the branch is new (`session-…`). With one it is made at `base`, or, when
        it exists, carried on from its own head: a retry finds its earlier work. `ProtectedRef`
        for main and ledger: these move by `merge` alone.
        """

    def diff(
        self, left: str, right: str, prefix: str = "", *, mode: DiffMode = "two-dot"
    ) -> Iterator[Change]:
        """Yield what must happen to `left` to become `right`, by path.

        ``three-dot``: only what `right` did since their merge base and `left` did not do too;
        a path that both changed differently is a ``conflict``.
        """

    def merge(
        self,
        source: str,
        into: str,
        *,
        message: str,
        metadata: Mapping[str, str] = NO_METADATA,
        expected_head: CommitId | None = None,
    ) -> CommitId:
        """Bring what `source` did into the branch `into`, as one commit [destination, source].

        All or nothing, and never inside a file. `HeadMoved` when the destination is not at
        `expected_head`; `MergeConflict` naming the paths; `NothingToMerge` when the files of the
        destination would stay as they are.
        """

    def log(
        self, ref: str, *, limit: int | None = None, first_parent: bool = False
    ) -> Iterator[Commit]:
        """Yield the commit and its ancestors, each before its parents."""

    def merge_base(self, a: str, b: str) -> CommitId | None:
        """Return the nearest common ancestor (the commit itself counts), or None."""

    def is_ancestor(self, a: str, b: str) -> bool:
        """Tell whether `b` holds all of `a`'s history; true for a commit and itself."""
