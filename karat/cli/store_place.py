"""The store that `karat store` works on: the disk's, as the settings name it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from karat.cli.workplace import workplace

if TYPE_CHECKING:
    from karat.store import DiskStore


def the_store(home: Path | None) -> DiskStore:
    """Return the store on this machine's disk, made when missing; UnavailableError."""
    return workplace(None, None, home).disk_store
