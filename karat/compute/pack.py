"""Many entries of a store in one file, and an index that finds and proves each of them.

The index is ``karat-pack/1``, then a line of how many entries there are, then for each its
end in the pack (8 bytes, little-endian), then for each its seal (32 bytes), then the keys, one a
line. Offsets are those of the entries in the pack, which is nothing but their bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from karat.errors import CorruptError
from karat.store.disk import sealed

MAGIC = b"karat-pack/1\n"
SEAL = 32


@dataclass(frozen=True)
class Index:
    """Where each key's bytes lie in a pack: `places` are rows of `ends` and `seals`."""

    places: Mapping[str, int]
    ends: NDArray[np.int64]
    seals: bytes

    def span(self, place: int) -> tuple[int, int]:
        """Return where an entry begins, and its size."""
        start = int(self.ends[place - 1]) if place else 0
        return start, int(self.ends[place]) - start

    def proves(self, key: str, place: int, data: bytes) -> bool:
        """Tell whether `data` is what was put under `key`."""
        return self.seals[SEAL * place : SEAL * (place + 1)].hex() == sealed(key, data)

    def encode(self) -> bytes:
        """Return the index as bytes, one spelling of each."""
        parts = (b"%d\n" % len(self.places), self.ends.astype("<i8").tobytes(), self.seals)
        return b"".join((MAGIC, *parts, "\n".join(self.places).encode()))

    @classmethod
    def decode(cls, data: bytes, what: str) -> Self:
        """Return the index; CorruptError naming `what` for bytes that are none."""
        head, _, rest = data.removeprefix(MAGIC).partition(b"\n")
        try:
            count = int(head)
            ends = np.frombuffer(rest, "<i8", count)
            keys = rest[(8 + SEAL) * count :].decode().split("\n") if count else []
            found = cls(dict(zip(keys, range(count), strict=True)), ends, _seals(rest, count))
        except ValueError as error:
            raise CorruptError(f"{what} is no index of a pack: {error}") from error
        if not data.startswith(MAGIC) or found.encode() != data:
            raise CorruptError(f"{what} is no index of a pack: it was edited")
        return found


def packed(entries: Mapping[str, bytes]) -> tuple[bytes, Index]:
    """Return the bytes of all entries, one after the other, and their index."""
    sizes = [len(data) for data in entries.values()]
    seals = b"".join(bytes.fromhex(sealed(key, data)) for key, data in entries.items())
    ends = np.cumsum(np.array(sizes, dtype=np.int64), dtype=np.int64)
    places = {key: place for place, key in enumerate(entries)}
    return b"".join(entries.values()), Index(places, ends, seals)


def _seals(rest: bytes, count: int) -> bytes:
    return rest[8 * count : (8 + SEAL) * count]
