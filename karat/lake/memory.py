"""A lake in memory: the specification of all others, and quick for tests.

A tree is one flat map from path to entry; nothing is clever here, so that what others do can be
held against it.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from io import BytesIO
from pathlib import Path
from threading import RLock
from typing import BinaryIO, NoReturn

from karat.digest import bytes_digest, digest
from karat.errors import InputError, ObjectGone
from karat.lake.backend import Backend, Delta, Entry, Record, RefKind
from karat.lake.keys import Keys
from karat.lake.protocol import CommitId, Ref, Source
from karat.lake.repository import Repository
from karat.lake.source import handed_over, source_blocks
from karat.telemetry import Clock, now_s


class MemoryLake(Repository):
    """A lake that is gone with the process."""

    def __init__(self, clock: Clock = now_s, keys: Keys | None = None) -> None:
        super().__init__(Backend(MemoryRefs(), FlatTrees(), MemoryBlobs(), clock), keys)

    def __reduce__(self) -> NoReturn:
        """Refuse: another process has no part in this one's memory."""
        raise InputError("a lake in memory is this process's alone: make one in a directory")


class MemoryRefs:
    """Names and commits in dictionaries behind one lock."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._refs: dict[tuple[RefKind, str], CommitId] = {}
        self._records: dict[CommitId, Record] = {}

    def transaction(self) -> AbstractContextManager[None]:
        """Hold off all other writers."""
        return self._all_or_nothing()

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        with self._lock:
            before = dict(self._refs)
            try:
                yield
            except BaseException:
                self._refs = before
                raise

    def ref(self, kind: RefKind, name: str) -> CommitId | None:
        """Return the commit of a branch or tag, or None."""
        return self._refs.get((kind, name))

    def refs(self, kind: RefKind, prefix: str) -> tuple[Ref, ...]:
        """Return all whose names begin with `prefix`, by name."""
        found = sorted((name, at) for (k, name), at in self._refs.copy().items() if k == kind)
        return tuple(Ref(name, at) for name, at in found if name.startswith(prefix))

    def set_ref(self, kind: RefKind, name: str, commit: CommitId) -> None:
        """Make or move a branch; make a tag."""
        self._refs[kind, name] = commit

    def delete_branch(self, name: str) -> None:
        """Forget a branch."""
        del self._refs["branch", name]

    def record(self, commit: CommitId) -> Record | None:
        """Return a commit, or None."""
        return self._records.get(commit)

    def add_record(self, record: Record) -> None:
        """Keep a commit."""
        self._records[record.commit.id] = record


class FlatTrees:
    """Each tree is a whole dictionary, by path."""

    def __init__(self) -> None:
        self._trees: dict[str, dict[str, Entry]] = {self.empty(): {}}

    def empty(self) -> str:
        """Return the name of the tree without files."""
        return digest("flat-tree/1")

    def find(self, tree: str, path: str) -> Entry | None:
        """Return the entry at `path`, or None."""
        return self._trees[tree].get(path)

    def entries(self, tree: str, prefix: str) -> Iterator[tuple[str, Entry]]:
        """Yield paths that begin with `prefix` and their entries, by path."""
        return (item for item in self._trees[tree].items() if item[0].startswith(prefix))

    def apply(self, tree: str, changes: Mapping[str, Entry | None]) -> str:
        """Return the name of `tree` with `changes` made."""
        wanted = {**self._trees[tree], **changes}
        files = {path: entry for path, entry in sorted(wanted.items()) if entry is not None}
        name = digest("flat-tree/1", *(_identity(path, entry) for path, entry in files.items()))
        self._trees.setdefault(name, files)
        return name

    def draft(self, tree: str, changes: Mapping[str, Entry | None]) -> str:
        """Return the same; there is nothing to spare."""
        return self.apply(tree, changes)

    def diff(self, left: str, right: str, prefix: str) -> Iterator[Delta]:
        """Yield where two trees differ below `prefix`, by path."""
        a, b = self._trees[left], self._trees[right]
        for path in sorted(a.keys() | b.keys()):
            if path.startswith(prefix) and a.get(path) != b.get(path):
                yield Delta(path, a.get(path), b.get(path))


class MemoryBlobs:
    """Bytes in a dictionary; files are written only for those who ask for a path."""

    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}
        self._lock = RLock()
        self._folder: Path | None = None

    def staging(self, branch: str) -> MemoryBlobs:  # noqa: ARG002 - nothing is ever collected
        """Return itself."""
        return self

    def close(self) -> None:
        """Do nothing."""

    def put(self, data: Source, *, consume: bool = False) -> tuple[str, int]:
        """Keep the bytes."""
        given = handed_over(data) if consume else None
        content = b"".join(source_blocks(data))
        if given is not None:
            given.unlink()
        name = bytes_digest(content)
        self._blobs[name] = content
        return name, len(content)

    def open(self, content_hash: str, size: int) -> BinaryIO:  # noqa: ARG002 - files need it
        """Return a stream of the bytes."""
        return BytesIO(self._content(content_hash))

    def path(self, content_hash: str, *, verify: bool) -> Path:
        """Return a read-only file of the bytes, in a folder that goes with the lake."""
        content = self._content(content_hash)
        with self._lock:
            path = self._files() / content_hash
            if not path.exists() or (verify and path.read_bytes() != content):
                path.unlink(missing_ok=True)
                path.write_bytes(content)
                path.chmod(0o444)
        return path

    def _content(self, content_hash: str) -> bytes:
        if content_hash not in self._blobs:
            raise ObjectGone(f"the bytes {content_hash} are not in this lake")
        return self._blobs[content_hash]

    def _files(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="karat-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder


def _identity(path: str, entry: Entry) -> str:
    facts = repr(sorted(entry.metadata.items()))
    return repr((path, entry.content_hash, entry.size, entry.content_type, facts))
