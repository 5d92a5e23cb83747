"""A store in memory: the specification of all others."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping
from threading import Lock

from karat.errors import InputError
from karat.store.keys import check_key


class MemoryStore:
    """Results by key, gone with the process.

    With `limit_bytes` of content, those used longest ago go first; without, nothing ever goes.
    `InputError` for a limit below 1.
    """

    def __init__(self, limit_bytes: int | None = None) -> None:
        if limit_bytes is not None and limit_bytes < 1:
            raise InputError(f"a store of {limit_bytes} bytes keeps nothing: say 1 or more")
        self._limit, self._size = limit_bytes, 0
        self._results: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def __reduce__(self) -> tuple[type[MemoryStore], tuple[int | None]]:
        """Send another process an empty one: what is in this one can be made again there."""
        return MemoryStore, (self._limit,)

    @property
    def size(self) -> int:
        """Return the bytes of all content."""
        return self._size

    def get(self, key: str) -> bytes | None:
        """Return what was last put under `key`, or None."""
        return self.get_many([key]).get(key)

    def get_many(self, keys: Collection[str]) -> dict[str, bytes]:
        """Return what was last put under those of `keys` that are there."""
        asked = [check_key(key) for key in keys]
        with self._lock:
            found = {key: self._results[key] for key in asked if key in self._results}
            for key in found if self._limit else ():
                self._results.move_to_end(key)
        return found

    def put(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`."""
        self.put_many({key: data})

    def put_many(self, items: Mapping[str, bytes]) -> None:
        """Keep each of `items` under its key."""
        whole = {check_key(key): bytes(data) for key, data in items.items()}
        with self._lock:
            for key, data in whole.items():
                self._size += len(data) - len(self._results.pop(key, b""))
                self._results[key] = data
            while self._limit and self._size > self._limit:
                self._size -= len(self._results.popitem(last=False)[1])

    def reject(self, keys: Collection[str]) -> None:
        """Let go of what is under `keys`."""
        asked = [check_key(key) for key in keys]
        with self._lock:
            for key in asked:
                self._size -= len(self._results.pop(key, b""))
