"""Takes bytes under the name of what they were made of; gives them back whole, or not at all.

A store is a cache, not truth: whatever it lost or cannot prove is made again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from karat.store.disk import DiskStore
from karat.store.memory import MemoryStore
from karat.store.tiers import Tiered

__all__ = ["DiskStore", "MemoryStore", "Store", "Tiered"]


class Store(Protocol):
    """Keeps results by key; a key is 1..200 of ``a-z 0-9 . _ -``, mostly a digest."""

    def get(self, key: str) -> bytes | None:
        """Return what was last put under `key`, or None when it is missing or not to be trusted."""

    def get_many(self, keys: Collection[str]) -> dict[str, bytes]:
        """Return, by key, what `get` would give for each of `keys`; what is missing is left out."""

    def put(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`; `UnavailableError` when the machine is in the way."""

    def put_many(self, items: Mapping[str, bytes]) -> None:
        """Keep each of `items` under its key; on an `InputError` none of them is kept."""

    def reject(self, keys: Collection[str]) -> None:
        """Let go of what `keys` gave: bytes as they were put, and yet no result; it is counted."""
