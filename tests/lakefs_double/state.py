"""What a lakeFS server keeps: repositories, branches with a staging area, tags and hook runs."""

from __future__ import annotations

import fnmatch
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from time import time

from karat.lake import commits
from karat.lake.backend import Backend, Entry, Record
from karat.lake.blobs import FileBlobs
from karat.lake.database import Database
from karat.lake.memory import FlatTrees, MemoryBlobs, MemoryRefs
from karat.lake.metadata import SqliteRefs
from karat.lake.schema import prepare
from karat.lake.trees import MerkleTrees

Staged = dict[str, Entry | None]


class ApiError(Exception):
    """What the server answers when it does not do what it was asked."""

    def __init__(self, status: int, message: str, body: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.status, self.body = status, body or {"message": message}


@dataclass
class Branch:
    """A name that moves, and the changes that wait on it for a commit."""

    head: str
    hidden: bool = False
    staged: Staged = field(default_factory=dict)


@dataclass(frozen=True)
class HookRun:
    """One hook of a run, and what it wrote."""

    id: str
    action: str
    hook: str
    failed: bool
    output: str


@dataclass(frozen=True)
class Run:
    """The hooks of one event."""

    id: str
    event: str
    branch: str
    commit: str
    hooks: tuple[HookRun, ...]


@dataclass
class Repo:
    """One repository over a backend of ours.

    `bare` commits have no metarange, as the first of a repository has none; `etags` are the MD5 of
    the bytes of a digest; `order` is when commits were made, finer than in seconds.
    """

    id: str
    namespace: str
    default_branch: str
    backend: Backend
    created_s: int
    branches: dict[str, Branch] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    protected: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    bare: set[str] = field(default_factory=set)
    etags: dict[str, str] = field(default_factory=dict)
    order: dict[str, int] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    def found(self) -> None:
        """Make the first commit and the default branch."""
        empty = self.backend.trees.apply(self.backend.trees.empty(), {})
        first = commits.add(self.backend, empty, (), "Repository created", {})
        self.bare.add(first)
        self.branches[self.default_branch] = Branch(first)

    def branch(self, name: str) -> Branch:
        """Return a branch; 404."""
        found = self.branches.get(name)
        if found is None:
            raise ApiError(404, f"branch '{name}' not found: not found")
        return found

    def commit_of(self, ref: str) -> str:
        """Return the commit a branch, tag or id names; 404."""
        if ref in self.branches:
            return self.branches[ref].head
        found = self.tags.get(ref, ref)
        if self.backend.refs.record(found) is None:
            raise ApiError(404, f"get commit by ref {ref}: not found")
        return found

    def record(self, commit: str) -> Record:
        """Return a commit that is there."""
        found = self.backend.refs.record(commit)
        if found is None:
            raise ApiError(404, "commit not found: not found")
        return found

    def tree(self, ref: str) -> str:
        """Return the tree of the commit that `ref` names."""
        return self.record(self.commit_of(ref)).commit.tree_id

    def metarange(self, commit: str) -> str:
        """Return the id of the files of a commit; "" for a repository that never had any."""
        return "" if commit in self.bare else self.record(commit).commit.tree_id

    def refuse_if_protected(self, branch: str, what: str) -> None:
        """Refuse what protection rules block; merges are not asked about."""
        if any(fnmatch.fnmatchcase(branch, pattern) for pattern in self.protected):
            raise ApiError(403, f"cannot {what} to protected branch")

    def files(self, ref: str, prefix: str) -> Iterator[tuple[str, Entry]]:
        """Yield the files below `prefix`, by path; those that wait on a branch are seen."""
        staged = self.branches[ref].staged.copy() if ref in self.branches else {}
        here = dict(self.backend.trees.entries(self.tree(ref), prefix))
        here |= {p: e for p, e in staged.items() if e is not None and p.startswith(prefix)}
        gone = {path for path, entry in staged.items() if entry is None}
        return ((path, here[path]) for path in sorted(here) if path not in gone)

    def find(self, ref: str, path: str) -> Entry:
        """Return one file as readers of `ref` see it; 404."""
        staged = self.branches[ref].staged if ref in self.branches else {}
        tree = self.tree(ref)
        found = staged[path] if path in staged else self.backend.trees.find(tree, path)
        if found is None:
            raise ApiError(404, "resource not found: not found")
        return found


@dataclass
class Server:
    """All repositories, and how the server was set up.

    With a `folder` files lie in a local lake's files and database, else in memory. `environment`
    is what hooks may take secrets from; `presign` whether clients may read and write bytes by URL.
    """

    folder: Path | None = None
    presign: bool = False
    key_id: str = "AKIAEXAMPLE"
    secret: str = "not-a-secret"  # noqa: S105 - a server that only this machine reaches
    environment: Mapping[str, str] = field(default_factory=dict)
    clock: Callable[[], int] = field(default=lambda: int(time()))
    repositories: dict[str, Repo] = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)
    urls: dict[str, tuple[str, str]] = field(default_factory=dict)
    address: str = ""

    def repo(self, name: str) -> Repo:
        """Return a repository; 404."""
        found = self.repositories.get(name)
        if found is None:
            raise ApiError(404, "repository not found: not found")
        return found

    def backend(self, name: str) -> Backend:
        """Return where a new repository's files lie."""
        if self.folder is None:
            return Backend(MemoryRefs(), FlatTrees(), MemoryBlobs(), self.clock)
        root = self.folder / name
        database, blobs = Database(root), FileBlobs(root)
        blobs.make_folders()
        prepare(database, blobs.is_empty)
        return Backend(SqliteRefs(database, self.clock), MerkleTrees(database), blobs, self.clock)

    def url(self, repository: str, content_hash: str) -> str:
        """Return an address at which bytes can be read, or written, without a key."""
        token = secrets.token_hex(16)
        self.urls[token] = repository, content_hash
        return f"{self.address}/presigned/{token}"
