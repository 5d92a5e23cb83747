"""Stores before stores: the fast and small ask the slow and large, and keep what they get."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any, Protocol

from karat.errors import UnavailableError
from karat.store.disk import DiskStore
from karat.store.memory import MemoryStore

MEMORY_BYTES = 128 << 20


class Source(Protocol):
    """Gives results by key, and takes none: what others have computed."""

    def get_many(self, keys: Collection[str]) -> dict[str, bytes]:
        """Return what is there and whole of `keys`."""


class Tiered:
    """Memory before `disk` before `beyond`, such as a lake; each keeps what the next one gave.

    What is put goes into memory and onto the disk, never beyond. A disk that is full does not keep
    anyone from reading. Memory holds the newest `memory_bytes`, and is not sent to other processes.
    """

    def __init__(
        self, disk: DiskStore, beyond: Source | None = None, *, memory_bytes: int = MEMORY_BYTES
    ) -> None:
        self.disk, self.beyond, self._memory_bytes = disk, beyond, memory_bytes
        self._memory = MemoryStore(memory_bytes)

    def __reduce__(self) -> tuple[Any, ...]:
        """Have another process begin with an empty memory."""
        return _tiered, (self.disk, self.beyond, self._memory_bytes)

    @property
    def corrupt(self) -> int:
        """Return how many entries of the disk were found not to be what was put."""
        return self.disk.corrupt

    def get(self, key: str) -> bytes | None:
        """Return what was last put under `key`, from the first that has it whole, or None."""
        found = self._memory.get(key)
        return self.get_many([key]).get(key) if found is None else found

    def get_many(self, keys: Collection[str]) -> dict[str, bytes]:
        """Return what was last put under those of `keys` that are somewhere and whole."""
        found = self._memory.get_many(keys)
        if missing := [key for key in keys if key not in found]:
            kept = self.disk.get_many(missing)
            if self.beyond and (rest := [key for key in missing if key not in kept]):
                kept |= self._fetched(self.beyond, rest)
            self._memory.put_many(kept)
            found |= kept
        return found

    def put(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`."""
        self.put_many({key: data})

    def put_many(self, items: Mapping[str, bytes]) -> None:
        """Keep each of `items` under its key, in memory and on disk."""
        self._memory.put_many(items)
        self.disk.put_many(items)

    def reject(self, keys: Collection[str]) -> None:
        """Let go of what is under `keys` here; what others hold is theirs, and put over it."""
        self._memory.reject(keys)
        self.disk.reject(keys)

    def _fetched(self, beyond: Source, keys: Collection[str]) -> dict[str, bytes]:
        found = beyond.get_many(keys)
        with suppress(UnavailableError):
            self.disk.put_many(found)
        return found


def _tiered(disk: DiskStore, beyond: Source | None, memory_bytes: int) -> Tiered:
    return Tiered(disk, beyond, memory_bytes=memory_bytes)
