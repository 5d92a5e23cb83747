"""A store in memory: the specification of all others."""

from __future__ import annotations

from karat.store.keys import check_key


class MemoryStore:
    """Results by key, gone with the process."""

    def __init__(self) -> None:
        self._results: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        """Return what was last put under `key`, or None."""
        return self._results.get(check_key(key))

    def put(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`."""
        self._results[check_key(key)] = bytes(data)
