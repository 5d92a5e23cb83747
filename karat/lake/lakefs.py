"""A lake in a repository of a lakeFS server, through its official client."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from karat.errors import InputError, ProtectedRef, RefNotFound
from karat.lake.keys import Keys, NoKeys
from karat.lake.lakefs_access import Access, host_and_repository
from karat.lake.lakefs_calls import Calls
from karat.lake.lakefs_changes import Changes
from karat.lake.lakefs_files import Files
from karat.lake.lakefs_founding import founded
from karat.lake.lakefs_merging import Merging
from karat.lake.lakefs_refs import Refs
from karat.lake.lakefs_session import LakeFSSession
from karat.lake.listing import grouped
from karat.lake.paths import check_branch, check_path, check_prefix, is_commit_id
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
from karat.lake.repository import PROTECTED


class LakeFSLake:
    """The lake at ``lakefs://host/repository``; safe for threads.

    Made when the repository is missing, `create` and `access.namespace` is known, else
    `RepositoryNotFound`. With `read_only`, every write is an `InputError`.
    """

    def __init__(
        self,
        url: str,
        access: Access,
        *,
        create: bool = True,
        keys: Keys | None = None,
        read_only: bool = False,
    ) -> None:
        host, repository = host_and_repository(url)
        self._keys: Keys = NoKeys() if keys is None else keys
        self._url, self._read_only = f"lakefs://{host}/{repository}", read_only
        self._access = access
        self._calls = Calls(access, access.server(host), repository)
        self._refs, self._files = Refs(self._calls), Files(self._calls, access)
        self._changes = Changes(self._calls, self._files)
        self._merging = Merging(self._calls, self._refs, self._changes)
        founded(self._calls, self._refs, access.namespace, create=create and not read_only)

    def __repr__(self) -> str:
        """Return the address, and no key."""
        return f"LakeFSLake({self._url!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Have another process connect for itself, with the same keys; nothing is made there."""
        return _connected, (self._url, self._access, self._keys, self._read_only)

    @property
    def keys(self) -> Keys:
        """Return what this connection signs with and believes."""
        return self._keys

    def head(self, branch: str) -> CommitId:
        """Return the last commit of `branch`."""
        return self._refs.head(branch)

    def resolve(self, ref: str) -> CommitId:
        """Return the commit `ref` names."""
        return self._refs.commit(ref).id

    def commit_info(self, ref: str) -> Commit:
        """Return what is known of a commit; equal `tree_id` are equal files, not the reverse."""
        return self._refs.commit(ref)

    def create_branch(self, name: str, source: str, *, exist_ok: bool = False) -> CommitId:
        """Start a branch."""
        self._refuse_writing()
        check_branch(name)
        commit = self.resolve(source)
        self._refs.create_branch(name, commit, exist_ok=exist_ok, hidden=False)
        return commit

    def delete_branch(self, name: str) -> None:
        """Forget a branch."""
        self._refuse_writing()
        self._refuse_protected(check_branch(name), "deleted")
        self._refs.delete_branch(name)

    def branches(self, prefix: str = "") -> Iterator[Ref]:
        """Yield branches by name, those of sessions too."""
        return self._refs.branches(prefix)

    def create_tag(self, name: str, ref: str, *, exist_ok: bool = False) -> CommitId:
        """Name a commit for ever; whoever has a key to the server can delete the name."""
        self._refuse_writing()
        checked_tag(name)
        commit = self.resolve(ref)
        self._refs.create_tag(name, commit, exist_ok=exist_ok)
        return commit

    def tags(self, prefix: str = "") -> Iterator[Ref]:
        """Yield tags by name."""
        return self._refs.tags(prefix)

    def stat(self, ref: str, path: str) -> ObjectInfo:
        """Return what is known of one file."""
        check_path(path)
        return self._files.stat(self.resolve(ref), path)

    def open(self, ref: str, path: str) -> BinaryIO:
        """Return a stream of the file's bytes, brought to this machine and checked first."""
        return self.local_path(ref, path).open("rb")

    def local_path(self, ref: str, path: str, *, verify: bool = True) -> Path:
        """Return a read-only file with these bytes; a damaged copy is brought again."""
        check_path(path)
        commit = self.resolve(ref)
        return self._files.bring(commit, self._files.stat(commit, path), verify=verify)

    def confirm(self, ref: str, info: ObjectInfo) -> None:
        """Read a file whose digest only its writer told, once on this machine; CorruptError."""
        self._files.confirm(self.resolve(ref), info)

    def list(
        self, ref: str, prefix: str = "", *, delimiter: str | None = None
    ) -> Iterator[ObjectInfo | Prefix]:
        """Yield files by path; the commit is fixed when this is called."""
        if delimiter == "":
            raise InputError("a delimiter is empty: give '/' or None")
        check_prefix(prefix)
        infos = self._files.listed(self.resolve(ref), prefix)
        return infos if delimiter is None else grouped(infos, prefix, delimiter)

    def session(self, base: str, *, branch: str | None = None) -> LakeFSSession:
        """Start writing on a private branch, hidden from lists that do not ask for such."""
        self._refuse_writing()
        # A commit that is not there has no branch made of it, so a new one need not be asked for.
        start = base if branch is None and is_commit_id(base) else self.resolve(base)
        name = f"session-{secrets.token_hex(8)}" if branch is None else check_branch(branch)
        self._refuse_protected(name, "written to: merge into it")
        parts = self._calls, self._refs, self._files
        if branch is not None and (here := self._at(name)) is not None:
            session = LakeFSSession(parts, name, here, own=False)
            session.clean()
            return session
        self._refs.create_branch(name, start, exist_ok=False, hidden=True)
        return LakeFSSession(parts, name, start, own=branch is None)

    def diff(
        self, left: str, right: str, prefix: str = "", *, mode: DiffMode = "two-dot"
    ) -> Iterator[Change]:
        """Yield what differs, by path."""
        check_prefix(prefix)
        return self._changes.diff(self.resolve(left), self.resolve(right), prefix, mode)

    def merge(
        self,
        source: str,
        into: str,
        *,
        message: str,
        metadata: Mapping[str, str] = NO_METADATA,
        expected_head: CommitId | None = None,
    ) -> CommitId:
        """Bring what `source` did into the branch `into`.

        Beside the errors of `Lake.merge`: `GateRefused` with the reasons of a hook that refused,
        and `MergedOnMovedHead` when someone else merged between the comparison of `expected_head`
        and the merge, which a hook that compares them again makes impossible.
        """
        self._refuse_writing()
        return self._merging.merge(source, into, message, metadata, expected_head)

    def log(
        self, ref: str, *, limit: int | None = None, first_parent: bool = False
    ) -> Iterator[Commit]:
        """Yield the commit and its ancestors."""
        if limit is not None and limit < 0:
            raise InputError(f"a log of {limit} commits: give 0 or more, or None for all")
        return self._refs.log(self.resolve(ref), first_parent=first_parent, amount=limit)

    def merge_base(self, a: str, b: str) -> CommitId | None:
        """Return the nearest common ancestor, or None."""
        return self._refs.merge_base(self.resolve(a), self.resolve(b))

    def is_ancestor(self, a: str, b: str) -> bool:
        """Tell whether `b` holds all of `a`'s history."""
        return self.merge_base(a, b) == self.resolve(a)

    def _at(self, branch: str) -> CommitId | None:
        try:
            return self._refs.head(branch)
        except RefNotFound:
            return None

    def _refuse_protected(self, name: str, what: str) -> None:
        if name in PROTECTED:
            raise ProtectedRef(f"branch {name!r} is protected and cannot be {what}")

    def _refuse_writing(self) -> None:
        if self._read_only:
            raise InputError(f"{self._url} was opened to be read only")


def _connected(url: str, access: Access, keys: Keys, read_only: bool) -> LakeFSLake:
    return LakeFSLake(url, access, create=False, keys=keys, read_only=read_only)
