"""The rules of a lake, written once over a `Backend`; see `Lake` for what each method promises."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from karat.errors import (
    CorruptError,
    InputError,
    MergeConflict,
    NothingToMerge,
    ObjectNotFound,
    ProtectedRef,
    RefExists,
)
from karat.lake import commits, history
from karat.lake.backend import Backend, Delta, Entry, Record, RefKind
from karat.lake.bases import base_tree
from karat.lake.keys import Keys, NoKeys
from karat.lake.layout import LEDGER, MAIN
from karat.lake.listing import grouped
from karat.lake.paths import check_branch, check_commit_metadata, check_path, check_prefix
from karat.lake.paths import check_tag as checked_tag
from karat.lake.protocol import (
    NO_METADATA,
    Change,
    Commit,
    CommitId,
    DiffMode,
    ObjectInfo,
    Prefix,
    Ref,
)
from karat.lake.session import Session
from karat.lake.threeway import Merged, threeway

PROTECTED = frozenset({MAIN, LEDGER})
KINDS: tuple[RefKind, ...] = ("branch", "tag")


class Repository:
    """A `Lake` over a `Backend`; main and ledger are made when there is no branch yet.

    `CorruptError` when one of them is lost.
    """

    def __init__(self, backend: Backend, keys: Keys | None = None) -> None:
        self._backend = backend
        self._keys: Keys = NoKeys() if keys is None else keys
        if any(backend.refs.ref("branch", name) is None for name in PROTECTED):
            self._found()

    @property
    def keys(self) -> Keys:
        """Return what this connection signs with and believes."""
        return self._keys

    def head(self, branch: str) -> CommitId:
        """Return the last commit of `branch`."""
        return commits.head(self._backend, branch)

    def resolve(self, ref: str) -> CommitId:
        """Return the commit `ref` names."""
        return commits.resolve(self._backend, ref)

    def commit_info(self, ref: str) -> Commit:
        """Return what is known of a commit."""
        return self._record(self.resolve(ref)).commit

    def create_branch(self, name: str, source: str, *, exist_ok: bool = False) -> CommitId:
        """Start a branch."""
        return self._create("branch", check_branch(name), source, exist_ok=exist_ok)

    def delete_branch(self, name: str) -> None:
        """Forget a branch."""
        self._refuse_protected(check_branch(name), "deleted")
        with self._backend.refs.transaction():
            commits.head(self._backend, name)
            self._backend.refs.delete_branch(name)

    def branches(self, prefix: str = "") -> Iterator[Ref]:
        """Yield branches by name."""
        return iter(self._backend.refs.refs("branch", prefix))

    def create_tag(self, name: str, ref: str, *, exist_ok: bool = False) -> CommitId:
        """Name a commit for ever."""
        return self._create("tag", checked_tag(name), ref, exist_ok=exist_ok)

    def tags(self, prefix: str = "") -> Iterator[Ref]:
        """Yield tags by name."""
        return iter(self._backend.refs.refs("tag", prefix))

    def stat(self, ref: str, path: str) -> ObjectInfo:
        """Return what is known of one file."""
        return self._entry(ref, path).info(path)

    def open(self, ref: str, path: str) -> BinaryIO:
        """Return a stream of the file's bytes."""
        entry = self._entry(ref, path)
        return self._backend.blobs.open(entry.content_hash, entry.size)

    def local_path(self, ref: str, path: str, *, verify: bool = True) -> Path:
        """Return a read-only file with these bytes."""
        return self._backend.blobs.path(self._entry(ref, path).content_hash, verify=verify)

    def list(
        self, ref: str, prefix: str = "", *, delimiter: str | None = None
    ) -> Iterator[ObjectInfo | Prefix]:
        """Yield files by path; the commit is fixed when this is called."""
        if delimiter == "":
            raise InputError("a delimiter is empty: give '/' or None")
        found = self._backend.trees.entries(self._tree(ref), check_prefix(prefix))
        infos = (entry.info(path) for path, entry in found)
        return infos if delimiter is None else grouped(infos, prefix, delimiter)

    def session(self, base: str, *, branch: str | None = None) -> Session:
        """Start writing on a private branch."""
        start = self.resolve(base)
        name = f"session-{secrets.token_hex(8)}" if branch is None else check_branch(branch)
        self._refuse_protected(name, "written to: merge into it")
        staging = self._backend.blobs.staging(name)
        try:
            with self._backend.refs.transaction():
                here = self._backend.refs.ref("branch", name)
                if here is None:
                    here = self._create("branch", name, start, exist_ok=False)
            return Session(self._backend, staging, name, here, own=branch is None)
        except BaseException as error:
            staging.close()
            if isinstance(error, KeyboardInterrupt) and branch is None:
                self._forget(name)
            raise

    def diff(
        self, left: str, right: str, prefix: str = "", *, mode: DiffMode = "two-dot"
    ) -> Iterator[Change]:
        """Yield what differs, by path."""
        check_prefix(prefix)
        ours, theirs = self.resolve(left), self.resolve(right)
        if mode == "three-dot":
            return self._three_dot(ours, theirs, prefix)
        found = self._backend.trees.diff(self._tree(ours), self._tree(theirs), prefix)
        return (_change(delta, conflict=False) for delta in found)

    def merge(
        self,
        source: str,
        into: str,
        *,
        message: str,
        metadata: Mapping[str, str] = NO_METADATA,
        expected_head: CommitId | None = None,
    ) -> CommitId:
        """Bring what `source` did into the branch `into`."""
        check_commit_metadata(metadata)
        with self._backend.refs.transaction():
            ours = commits.expect_head(self._backend, into, expected_head)
            theirs = self.resolve(source)
            merged = self._threeway(ours, theirs)
            if merged.conflicts:
                raise MergeConflict(merged.conflicts)
            if not merged.changes:
                raise NothingToMerge(f"{into!r} holds all of {source!r} already")
            tree = self._backend.trees.apply(self._tree(ours), merged.changes)
            head = commits.add(self._backend, tree, (ours, theirs), message, metadata)
            self._backend.refs.set_ref("branch", into, head)
        return head

    def as_one(self) -> AbstractContextManager[None]:
        """Have all names and commits that are made inside on the disk at once, or none of them.

        Nobody else writes meanwhile, so bytes are put before.
        """
        return self._backend.refs.transaction()

    def log(
        self, ref: str, *, limit: int | None = None, first_parent: bool = False
    ) -> Iterator[Commit]:
        """Yield the commit and its ancestors."""
        if limit is not None and limit < 0:
            raise InputError(f"a log of {limit} commits: give 0 or more, or None for all")
        walk = history.log(self._record, self.resolve(ref), first_parent=first_parent)
        return islice(walk, limit)

    def merge_base(self, a: str, b: str) -> CommitId | None:
        """Return the nearest common ancestor, or None."""
        return history.merge_base(self._record, self.resolve(a), self.resolve(b))

    def is_ancestor(self, a: str, b: str) -> bool:
        """Tell whether `b` holds all of `a`'s history."""
        return self.merge_base(a, b) == self.resolve(a)

    def _found(self) -> None:
        """Make the first commit of a new lake; one that stands is opened without a lock."""
        if {ref.name for ref in self._backend.refs.refs("branch", "")} >= PROTECTED:
            return
        with self._backend.refs.transaction():
            have = [ref.name for kind in KINDS for ref in self._backend.refs.refs(kind, "")]
            if have and (missing := PROTECTED - set(have)):
                lost = " and ".join(sorted(missing))
                raise CorruptError(f"branch {lost} is lost, {have[0]} is there: restore the lake")
            if not have:
                empty = self._backend.trees.apply(self._backend.trees.empty(), {})
                first = commits.add(self._backend, empty, (), "Found the lake", NO_METADATA)
                for name in sorted(PROTECTED):
                    self._backend.refs.set_ref("branch", name, first)

    def _create(self, kind: RefKind, name: str, source: str, *, exist_ok: bool) -> CommitId:
        commit = self.resolve(source)
        other: RefKind = "tag" if kind == "branch" else "branch"
        with self._backend.refs.transaction():
            if self._backend.refs.ref(other, name) is not None:
                raise RefExists(f"{name!r} is a {other} already: choose another name")
            here = self._backend.refs.ref(kind, name)
            if here is None:
                self._backend.refs.set_ref(kind, name, commit)
            elif not exist_ok or here != commit:
                raise RefExists(f"{kind} {name!r} is there already, at {here[:12]}")
        return commit

    def _three_dot(self, ours: CommitId, theirs: CommitId, prefix: str) -> Iterator[Change]:
        merged = self._threeway(ours, theirs, prefix)
        conflicts = set(merged.conflicts)
        here, there = self._tree(ours), self._tree(theirs)
        for path in sorted(conflicts | merged.changes.keys()):
            sides = (self._backend.trees.find(tree, path) for tree in (here, there))
            yield _change(Delta(path, *sides), conflict=path in conflicts)

    def _threeway(self, ours: CommitId, theirs: CommitId, prefix: str = "") -> Merged:
        trees, start = self._backend.trees, base_tree(self._backend, ours, theirs)
        return threeway(
            trees.diff(start, self._tree(ours), prefix),
            trees.diff(start, self._tree(theirs), prefix),
        )

    def _entry(self, ref: str, path: str) -> Entry:
        found = self._backend.trees.find(self._tree(ref), check_path(path))
        if found is None:
            raise ObjectNotFound(f"nothing at {path!r} in {ref!r}")
        return found

    def _forget(self, branch: str) -> None:
        if self._backend.refs.ref("branch", branch) is not None:
            self.delete_branch(branch)

    def _tree(self, ref: str) -> str:
        return commits.tree(self._backend, ref)

    def _record(self, commit: CommitId) -> Record:
        return commits.record(self._backend, commit)

    def _refuse_protected(self, name: str, what: str) -> None:
        if name in PROTECTED:
            raise ProtectedRef(f"branch {name!r} is protected and cannot be {what}")


def _change(delta: Delta, *, conflict: bool) -> Change:
    path, old, new = delta
    left = None if old is None else old.info(path)
    right = None if new is None else new.info(path)
    if conflict:
        return Change(path, "conflict", left, right)
    if left is None:
        return Change(path, "added", left, right)
    return Change(path, "changed" if right else "removed", left, right)
