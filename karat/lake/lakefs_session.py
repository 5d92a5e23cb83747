"""A `WriteSession` on a private, hidden branch of lakeFS.

Every branch of lakeFS has one staging area that all its writers share, and readers of the branch
see. So a session has a branch of its own, commits only what it put itself, and readers are given
the branch's last commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from itertools import islice
from types import TracebackType
from typing import Any, Self

from lakefs_sdk import CommitCreation, ObjectCopyCreation, PathList, ResetCreation

from karat.errors import (
    ConflictError,
    HeadMoved,
    InputError,
    LakeUnusable,
    NothingToCommit,
    ObjectExists,
    ObjectNotFound,
    RefNotFound,
    UnavailableError,
)
from karat.lake.lakefs_calls import PAGE, Calls
from karat.lake.lakefs_failures import WRONG, status
from karat.lake.lakefs_failures import message as said
from karat.lake.lakefs_files import Files
from karat.lake.lakefs_metadata import written
from karat.lake.lakefs_refs import Refs
from karat.lake.lakefs_upload import parcel, upload
from karat.lake.paths import check_commit_metadata, check_content_type, check_message, check_path
from karat.lake.protocol import NO_METADATA, OCTETS, CommitId, ObjectInfo, Source


class LakeFSSession:
    """Changes gathered for `branch`, whose head is `start`; `own` when the lake named it."""

    def __init__(
        self, parts: tuple[Calls, Refs, Files], branch: str, start: CommitId, *, own: bool
    ) -> None:
        self._calls, self._refs, self._files = parts
        self._branch, self._start, self._head, self._own = branch, start, start, own
        self._staged: dict[str, ObjectInfo | None] = {}
        self._dirty, self._closed = False, False

    @property
    def branch(self) -> str:
        """The private branch."""
        return self._branch

    def clean(self) -> None:
        """Drop what an earlier session put on the branch and did not commit."""
        if next(self._waiting(), None) is not None:
            self._reset()

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
        """Upload bytes; see `WriteSession`."""
        self._refuse_if_closed()
        kind = check_content_type(content_type)
        check_path(path)
        written(metadata, "")  # refused before anything is read or sent
        if if_absent and self._find(path) is not None:
            raise ObjectExists(f"{path!r} is on {self._branch!r} already: put without if_absent")
        sent = parcel(data, self._files.cache, consume=consume)
        facts = written(metadata, sent.content_hash)
        self._staged.pop(path, None)  # what comes is unknown until all of it has come
        self._dirty = True
        told = upload(self._calls, self._branch, path, sent, kind, facts)
        info = ObjectInfo(
            path, sent.size, sent.content_hash, told.checksum, dict(metadata), kind, told.mtime
        )
        self._staged[path] = info
        return info

    def take(self, path: str, ref: str) -> ObjectInfo:
        """Have the server copy what another commit holds; see `WriteSession`."""
        self._refuse_if_closed()
        commit = self._refs.commit(ref).id
        info = self._files.stat(commit, check_path(path))
        self._staged.pop(path, None)
        self._dirty = True
        where = self._calls.repository, self._branch, path
        asked = ObjectCopyCreation(src_path=path, src_ref=commit)
        missing = ObjectNotFound(f"nothing at {path!r} of {ref!r}")
        copy = self._calls.api.objects_api.copy_object
        self._calls.ask(f"copy {path!r}", copy, *where, asked, missing=missing)
        self._staged[path] = info
        return info

    def delete(self, path: str) -> None:
        """Stage an absence, told to the server at the commit; see `WriteSession`."""
        self._refuse_if_closed()
        self._staged[check_path(path)] = None

    def commit(
        self,
        message: str,
        metadata: Mapping[str, str] = NO_METADATA,
        *,
        allow_empty: bool = False,
    ) -> CommitId:
        """Add a commit of all that is staged; see `WriteSession`.

        `ConflictError` when another writer put something on the branch or took something off it.
        """
        self._refuse_if_closed()
        why = check_message(message), check_commit_metadata(metadata)
        actual = self._refs.head(self._branch)
        if actual != self._head:
            raise HeadMoved(self._branch, self._head, actual)
        differs = (self._staged or allow_empty) and self._differs()
        if not differs and not allow_empty:
            raise NothingToCommit(f"nothing staged on {self._branch!r} differs from its head")
        self._head = self._commit(*why, allow_empty=allow_empty)
        self._staged, self._dirty = {}, False
        return self._head

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closed = True
        left = len(self._staged) if kind is None and self._staged and self._differs() else 0
        if kind is None:
            self._drop()
        else:
            with suppress(UnavailableError):  # what is under way is told, not this
                self._drop()
        if left:
            raise InputError(
                f"session on {self._branch!r} was left with {left} changes not committed, the "
                f"first at {min(self._staged)!r}: call commit(), or leave with an exception"
            )

    def _commit(self, message: str, metadata: dict[str, str], *, allow_empty: bool) -> CommitId:
        asked = CommitCreation(message=message, metadata=metadata, allow_empty=allow_empty)
        call, repository = self._calls.api.commits_api.commit, self._calls.repository

        def settled() -> Any:
            """Return the commit if a call that was not answered made it all the same."""
            here = self._refs.commit(self._branch)
            mine = here.parents, here.message, here.metadata
            return here if mine == ((self._head,), message, metadata) else None

        made = self._calls.change(
            f"commit to {self._branch!r}",
            lambda: self._refs.keep(call(repository, self._branch, asked, **self._calls.limits)),
            RefNotFound(f"no branch {self._branch!r}: it was deleted meanwhile"),
            self._nothing,
            settled,
        )
        if made.parents != (self._head,):
            raise HeadMoved(self._branch, self._head, next(iter(made.parents), "no commit"))
        return str(made.id)

    def _nothing(self, error: BaseException) -> NothingToCommit | None:
        if status(error) == WRONG and "no changes" in said(error):
            return NothingToCommit(f"nothing staged on {self._branch!r} differs from its head")
        return None

    def _differs(self) -> bool:
        """Tell whether anything staged differs from the head, and forget what does not.

        What waits on the server must be what was put here; ConflictError otherwise.
        """
        self._tell_deletions()
        waiting = {line.path: line for line in self._waiting()}
        for path, info in list(self._staged.items()):
            line = waiting.pop(path, None)
            if line is None and self._at_head(path) == info:
                del self._staged[path]
            elif line is None or not _fits(line, info):
                raise self._disturbed(path)
        if waiting:
            raise self._disturbed(min(waiting))
        return bool(self._staged)

    def _tell_deletions(self) -> None:
        """Have the server take away what was deleted; what is not there is no error to it."""
        gone = iter(path for path, info in self._staged.items() if info is None)
        delete = self._calls.api.objects_api.delete_objects
        while paths := list(islice(gone, PAGE)):
            where = self._calls.repository, self._branch, PathList(paths=paths)
            missing = RefNotFound(f"no branch {self._branch!r}: it was deleted meanwhile")
            self._dirty = True
            told = self._calls.ask(f"delete {paths[0]!r}", delete, *where, missing=missing)
            for failed in told.errors or ():
                raise LakeUnusable(f"cannot delete {failed.path!r}: {failed.message}: try again")

    def _waiting(self) -> Any:
        call, repository = self._calls.api.branches_api.diff_branch, self._calls.repository
        return self._calls.pages(f"look at {self._branch!r}", call, repository, self._branch)

    def _find(self, path: str) -> ObjectInfo | None:
        return self._staged[path] if path in self._staged else self._at_head(path)

    def _at_head(self, path: str) -> ObjectInfo | None:
        try:
            return self._files.stat(self._head, path)
        except ObjectNotFound:
            return None

    def _disturbed(self, path: str) -> ConflictError:
        return ConflictError(
            f"what waits on {self._branch!r} at {path!r} is not what was put: someone else writes "
            "to it: start again on a branch of your own"
        )

    def _drop(self) -> None:
        """Leave nothing staged, and no branch that the lake named and nothing was committed on."""
        with suppress(RefNotFound):
            if self._own and self._head == self._start == self._refs.head(self._branch):
                self._refs.delete_branch(self._branch)
            elif self._dirty:
                self._reset()

    def _reset(self) -> None:
        call, asked = self._calls.api.branches_api.reset_branch, ResetCreation(type="reset")
        missing = RefNotFound(f"no branch {self._branch!r}: it was deleted meanwhile")
        where = self._calls.repository, self._branch, asked
        self._calls.order(f"reset {self._branch!r}", call, *where, missing=missing)

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise InputError(f"the session on {self._branch!r} is closed: start another")


def _fits(line: Any, info: ObjectInfo | None) -> bool:
    """Tell whether a change that waits on the server may be what was staged."""
    if info is None or line.type == "removed":
        return info is None and line.type == "removed"
    return bool(line.size_bytes == info.size)
