"""Digests that a lake has from whoever wrote a file, and did not find out itself."""

from __future__ import annotations

from karat.lake.protocol import CommitId, Lake, ObjectInfo


def confirm(lake: Lake, commit: CommitId, info: ObjectInfo) -> None:
    """Hold a file's bytes against its digest where only its writer told it, once on this machine.

    So it is on a server. A lake that names its files by their digests is not asked. Raises
    CorruptError for other bytes, ObjectGone for none.
    """
    if believes(lake):
        lake.confirm(commit, info)  # type: ignore[attr-defined] # as such lakes have it


def believes(lake: Lake) -> bool:
    """Return whether a lake has digests from writers, and a method to hold bytes against them."""
    return hasattr(lake, "confirm")
