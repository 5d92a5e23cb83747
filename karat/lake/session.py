"""A `WriteSession` over a `Backend`.

What is staged lives in this object (its bytes are in the lake already); only what really differs
from the head is kept, so nothing staged means nothing to commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from karat.errors import InputError, NothingToCommit, ObjectExists, ObjectNotFound
from karat.lake import commits
from karat.lake.backend import Backend, Entry, Staging
from karat.lake.paths import check_content_type, check_object_metadata, check_path
from karat.lake.protocol import NO_METADATA, OCTETS, CommitId, ObjectInfo, Source


class Session:
    """Changes gathered for `branch`, whose head is `start`; `own` when the lake named it."""

    def __init__(
        self, backend: Backend, staging: Staging, branch: str, start: CommitId, *, own: bool
    ) -> None:
        self._backend, self._staging, self._branch = backend, staging, branch
        self._start, self._head, self._own = start, start, own
        self._tree = commits.tree(backend, start)
        self._staged: dict[str, Entry | None] = {}
        self._closed = False

    @property
    def branch(self) -> str:
        """The private branch."""
        return self._branch

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
        """Stage bytes; see `WriteSession`."""
        facts, kind = check_object_metadata(metadata), check_content_type(content_type)
        if self._find(check_path(path)) is not None and if_absent:
            raise ObjectExists(f"{path!r} is on {self._branch!r} already: put without if_absent")
        name, size = self._staging.put(data, consume=consume)
        entry = Entry(name, size, kind, facts, self._backend.clock())
        self._stage(path, entry)
        return entry.info(path)

    def take(self, path: str, ref: str) -> ObjectInfo:
        """Stage what another commit holds; see `WriteSession`."""
        self._refuse_if_closed()
        entry = self._backend.trees.find(commits.tree(self._backend, ref), check_path(path))
        if entry is None:
            raise ObjectNotFound(f"nothing at {path!r} of {ref!r}")
        self._stage(path, entry)
        return entry.info(path)

    def delete(self, path: str) -> None:
        """Stage an absence; see `WriteSession`."""
        self._stage(check_path(path), None)

    def commit(
        self,
        message: str,
        metadata: Mapping[str, str] = NO_METADATA,
        *,
        allow_empty: bool = False,
    ) -> CommitId:
        """Add a commit of all that is staged; see `WriteSession`."""
        self._refuse_if_closed()
        if not self._staged and not allow_empty:
            raise NothingToCommit(f"nothing staged on {self._branch!r} differs from its head")
        with self._backend.refs.transaction():
            commits.expect_head(self._backend, self._branch, self._head)
            tree = self._backend.trees.apply(self._tree, self._staged)
            head = commits.add(self._backend, tree, (self._head,), message, metadata)
            self._backend.refs.set_ref("branch", self._branch, head)
        self._head, self._tree, self._staged = head, tree, {}
        return head

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closed = True
        left, self._staged = self._staged, {}
        try:
            self._drop_unused_branch()
        finally:
            self._staging.close()
        if left and kind is None:
            raise InputError(
                f"session on {self._branch!r} was left with {len(left)} changes not committed, "
                f"the first at {min(left)!r}: call commit(), or leave with an exception"
            )

    def _find(self, path: str) -> Entry | None:
        self._refuse_if_closed()
        if path in self._staged:
            return self._staged[path]
        return self._backend.trees.find(self._tree, path)

    def _stage(self, path: str, entry: Entry | None) -> None:
        self._refuse_if_closed()
        if self._backend.trees.find(self._tree, path) == entry:
            self._staged.pop(path, None)
        else:
            self._staged[path] = entry

    def _drop_unused_branch(self) -> None:
        if not self._own or self._head != self._start:
            return
        with self._backend.refs.transaction():
            if self._backend.refs.ref("branch", self._branch) == self._start:
                self._backend.refs.delete_branch(self._branch)

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise InputError(f"the session on {self._branch!r} is closed: start another")
