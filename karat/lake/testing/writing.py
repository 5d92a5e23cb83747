"""Short ways to write, for the cases."""

from __future__ import annotations

from collections.abc import Mapping

from karat.lake.protocol import CommitId, Lake, ObjectInfo


def write(lake: Lake, branch: str, files: Mapping[str, bytes | None], base: str = "main") -> str:
    """Commit `files` (None: deleted) to `branch`, made at `base` when missing; the commit."""
    with lake.session(base, branch=branch) as session:
        for path, data in files.items():
            if data is None:
                session.delete(path)
            else:
                session.put(path, data)
        return session.commit("write")


def publish(lake: Lake, files: Mapping[str, bytes | None], branch: str = "audit") -> CommitId:
    """Merge `files` into main and return its new head."""
    head = lake.head("main")
    write(lake, branch, files)
    commit = lake.merge(branch, "main", message="publish", expected_head=head)
    lake.delete_branch(branch)
    return commit


def paths(lake: Lake, ref: str, prefix: str = "") -> list[str]:
    """Return the paths of a commit."""
    return [info.path for info in lake.list(ref, prefix)]


def read(lake: Lake, ref: str, path: str) -> bytes:
    """Return the bytes of one file."""
    with lake.open(ref, path) as stream:
        return stream.read()


def files(lake: Lake, ref: str) -> list[ObjectInfo]:
    """Return all files of a commit."""
    return [info for info in lake.list(ref) if isinstance(info, ObjectInfo)]
