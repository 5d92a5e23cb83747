"""What a store gives as values: bytes that nothing can be made of count as corrupt, and as missing.

An entry's seal says that it is what was put. It cannot say that this was what its key asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Protocol, TypeVar

from karat.errors import CorruptError

T = TypeVar("T")
NO_SENSE = (CorruptError, ValueError, LookupError, TypeError, AttributeError)


class Held(Protocol):
    """What a `karat.store.Store` is asked here."""

    def get_many(self, keys: Collection[str], /) -> dict[str, bytes]:
        """Return what is there of `keys`."""

    def reject(self, keys: Collection[str], /) -> None:
        """Let go of what `keys` gave, and count it."""


def understood(store: Held, keys: Collection[str], decode: Callable[[bytes], T]) -> dict[str, T]:
    """Return by key what `decode` makes of those entries that are there, all by one look.

    Where it raises as one does who was given something else, the entry is rejected and left out.
    """
    found: dict[str, T] = {}
    for key, data in store.get_many(keys).items():
        try:
            found[key] = decode(data)
        except NO_SENSE:
            store.reject([key])
    return found
