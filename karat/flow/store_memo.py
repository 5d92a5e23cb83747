"""A store as the memo of a fold."""

from __future__ import annotations

from dataclasses import dataclass

from karat.store import Store


@dataclass(frozen=True, slots=True)
class StoreMemo:
    """What `karat.tree.fold` remembers merged states in; errors are the store's."""

    store: Store

    def get(self, key: str, /) -> bytes | None:
        """Return the bytes, or None."""
        return self.store.get(key)

    def __setitem__(self, key: str, value: bytes, /) -> None:
        """Keep the bytes."""
        self.store.put(key, value)
