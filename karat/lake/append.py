"""Add files to a branch in one step."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from secrets import token_hex

from karat.errors import HeadMoved, NothingToCommit, NothingToMerge, RefNotFound
from karat.lake.again import again_while
from karat.lake.protocol import NO_METADATA, CommitId, Lake
from karat.lake.repository import Repository


def append(
    lake: Lake,
    into: str,
    files: Mapping[str, bytes | Path],
    *,
    message: str,
    metadata: Mapping[str, str] = NO_METADATA,
    expected_head: CommitId | None = None,
    base: CommitId | None = None,
) -> CommitId:
    """Put `files` (path in the lake: bytes, or a file to copy) onto the branch `into`.

    One commit on a private branch, one merge. Return the new head, or the present one when
    nothing changes. `HeadMoved` at once with `expected_head`, else after two minutes of tries;
    `MergeConflict` when someone else changed one of the paths meanwhile: since `base`, the commit
    that the files were thought out at, or since the call.
    """
    why = message, metadata
    overtaken = (HeadMoved,) if expected_head is None else ()
    return again_while(overtaken, lambda: _append(lake, into, files, why, (expected_head, base)))


def _append(
    lake: Lake,
    into: str,
    files: Mapping[str, bytes | Path],
    why: tuple[str, Mapping[str, str]],
    seen: tuple[CommitId | None, CommitId | None],
) -> CommitId:
    head, (expected, base) = lake.head(into), seen
    if expected not in {None, head}:
        raise HeadMoved(into, str(expected), head)
    base = base or head
    branch = f"session-{token_hex(8)}"  # named first: an interrupt must find it below
    try:
        with lake.session(base, branch=branch) as session:
            for path, data in files.items():
                session.put(path, data)
            with _as_one(lake):
                commit = session.commit(*why)
                merged = lake.merge(
                    commit, into, message=why[0], metadata=why[1], expected_head=expected
                )
                lake.delete_branch(branch)
            return merged
    except NothingToCommit:
        return head
    except NothingToMerge:
        return lake.head(into)
    finally:
        _forget(lake, branch)


def _as_one(lake: Lake) -> AbstractContextManager[None]:
    """Have steps reach the disk together, where the lake can: to wait for it takes the time."""
    return lake.as_one() if isinstance(lake, Repository) else nullcontext()


def _forget(lake: Lake, branch: str) -> None:
    with suppress(RefNotFound):
        try:
            lake.delete_branch(branch)
        except KeyboardInterrupt:
            lake.delete_branch(branch)
            raise
