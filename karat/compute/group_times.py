"""When the rows of each row group were: enough to cut a file into chunks, kept by group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from karat.compute.file_rows import FileRows
from karat.compute.row_groups import GroupIndex
from karat.compute.row_stream import BATCH_ROWS, RowStream
from karat.digest import digest
from karat.messages.borders import Chunks, Cut, Runs, joined, runs_of
from karat.store import Store
from karat.store.understood import understood

NULLS = b"nulls"
"""What is kept of a group in which a time is null."""


def partition_chunks(
    rows: FileRows, index: GroupIndex, store: Store, columns: Sequence[str], cut: Cut
) -> Chunks:
    """Return the chunks of a file: by the first of `columns` that has no null, else by rows.

    Times of groups that `store` does not know are decoded and kept; of a column with nulls no
    more than the first group that has one.
    """
    for column in columns:
        times = _times(rows, index, store, column)
        if times is not None:
            return cut.chunks(joined(times))
    return cut.positions(int(index.rows.sum()))


def _times(rows: FileRows, index: GroupIndex, store: Store, column: str) -> list[Runs] | None:
    """Return the runs of each group, None for a column with nulls."""
    keys = [digest("group times/1", name, column) for name in index.names]
    known = understood(store, keys, _decode)
    if None not in known.values() and len(known) < len(set(keys)):
        made = _made(rows, index, column, keys, set(known))
        store.put_many(made)
        known |= {key: _decode(data) for key, data in made.items()}
    runs = [known.get(key) for key in keys]
    return None if None in known.values() else [one for one in runs if one is not None]


def _made(
    rows: FileRows, index: GroupIndex, column: str, keys: Sequence[str], known: set[str]
) -> dict[str, bytes]:
    """Return what is kept of each group not in `known`, up to the first one with a null."""
    borders = index.first_rows().tolist()
    made: dict[str, bytes] = {}
    with rows.stream([column]) as stream:
        for at, key in enumerate(keys):
            if key in known or key in made:
                continue
            made[key] = _group(stream, column, borders[at], borders[at + 1])
            if made[key] == NULLS:
                break
    return made


def _group(stream: RowStream, column: str, first: int, stop: int) -> bytes:
    parts = []
    for at in range(first, stop, BATCH_ROWS):
        times = stream.rows(at, min(at + BATCH_ROWS, stop))[column]
        if times.null_count:
            return NULLS
        parts.append(runs_of(times.to_numpy()))
    found = joined(parts)
    return b"runs" + b"".join(column.astype("<i8").tobytes() for column in found)


def _decode(data: bytes) -> Runs | None:
    """Return the runs of a group, None of one with a null."""
    if data == NULLS:
        return None
    slots, rows = np.frombuffer(data, "<i8", offset=4).reshape(2, -1)
    return Runs(slots, rows)
