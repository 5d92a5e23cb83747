"""Lakes of ours on a double."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from karat.lake.backend import Entry
from karat.lake.lakefs import LakeFSLake
from karat.lake.lakefs_access import Access
from karat.lake.lakefs_metadata import HASH
from karat.lake.protocol import OCTETS
from tests.lakefs_double.clients import REPOSITORY
from tests.lakefs_double.history import add
from tests.lakefs_double.server import Double
from tests.lakefs_double.state import Repo


def access(double: Double, folder: Path, **options: Any) -> Access:
    """Return a key that is tried again at once."""
    usual: dict[str, Any] = {"pause_s": 0.001, "endpoint": double.url, "namespace": "local://tests"}
    return Access(double.state.key_id, double.state.secret, folder, **(usual | options))


def url(double: Double, repository: str = REPOSITORY) -> str:
    """Return the address of a repository."""
    return f"lakefs://{double.url.removeprefix('http://')}/{repository}"


def lake_on(double: Double, folder: Path, **options: Any) -> LakeFSLake:
    """Open, and make, a lake whose cache is `folder`."""
    return LakeFSLake(url(double), access(double, folder, **options))


def fill(repo: Repo, branch: str, names: Sequence[str], commits: int) -> str:
    """Put small files on a branch in so many commits, without a call for each; the last."""
    name, size = repo.backend.blobs.staging(branch).put(b"")
    repo.etags[name] = hashlib.md5(b"", usedforsecurity=False).hexdigest()
    entry = Entry(name, size, OCTETS, {HASH: name}, 0)
    head = repo.branches[branch].head
    for number in range(commits):
        some = dict.fromkeys(names[number::commits], entry)
        tree = repo.backend.trees.apply(repo.tree(head), some)
        head = add(repo, tree, (head,), (f"commit {number}", {}))
    repo.branches[branch].head = head
    return head


def kept(double: Double) -> Repo:
    """Return what the server holds of it."""
    return double.state.repositories[REPOSITORY]
