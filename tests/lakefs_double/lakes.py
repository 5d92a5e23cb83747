"""Lakes of ours on a double."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from karat.lake.lakefs import LakeFSLake
from karat.lake.lakefs_access import Access
from tests.lakefs_double.clients import REPOSITORY
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


def kept(double: Double) -> Repo:
    """Return what the server holds of it."""
    return double.state.repositories[REPOSITORY]
