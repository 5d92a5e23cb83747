"""What the states of a partition of many chunks would take, told without reading any of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from karat.compute.chunk_tree import ChunkTree
from karat.compute.content import Content
from karat.compute.reading import Reading
from karat.compute.row_groups import kept_index
from karat.contracts import Measure
from karat.store import Store


@dataclass(frozen=True, slots=True)
class Unread:
    """Rows to be read, the compressed bytes of what is decoded for them, and the columns."""

    rows: int
    bytes: int
    columns: tuple[str, ...]


def unread(
    measures: Sequence[Measure], content: Content, reading: Reading, store: Store
) -> Unread | None:
    """Return what is to be read for states that are not known of the partition as a whole.

    None for a partition of one chunk, or one whose row groups are not known: it is read whole.
    """
    index = kept_index(store, reading.digest)
    if content.chunks is None or index is None:
        return None
    tree = ChunkTree(content.chunks, reading.rows(store), store)
    borders = index.first_rows()
    wanted: dict[int, set[str]] = {}
    rows = 0
    for first, stop, columns in tree.unknown(measures):
        rows += stop - first
        begin, end = np.searchsorted(borders, [first + 1, stop]).tolist()
        for group in range(begin - 1, end):
            wanted.setdefault(group, set()).update(columns)
    size = sum(index.bytes_of(group, frozenset(some)) for group, some in wanted.items())
    every = set().union(*wanted.values())
    return Unread(rows, size, tuple(name for name in content.columns if name in every))
