"""The chunks of a partition, and the digest of each column in each: names of any stretch of it."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from karat.digest import digest
from karat.messages.borders import Chunks, Cut, Int64s, runs_of

WIDTH = 32
"""Bytes of a digest."""
TIME = "time_ns"


@dataclass(frozen=True, slots=True)
class ChunkNames:
    """Chunks in the order of their rows; `names` holds 32 bytes a chunk by column.

    `slots` and `rows` are little-endian int64: the slot of 10 s a chunk begins in, its rows.
    """

    slots: bytes
    rows: bytes
    names: Mapping[str, bytes]

    @property
    def count(self) -> int:
        """Return how many chunks there are."""
        return len(self.rows) // 8

    def borders(self) -> Int64s:
        """Return the first row of each chunk, and the number of all rows."""
        return np.concatenate(([0], np.cumsum(np.frombuffer(self.rows, "<i8"))))

    def name(self, column: str, first: int, stop: int) -> str:
        """Return the digest of a column in the chunks `first` to `stop`, which is not among them.

        Of one chunk it is that of its values, of more that of their digests.
        """
        held = self.names[column][first * WIDTH : stop * WIDTH]
        return held.hex() if stop - first == 1 else digest("column chunks/1", held)

    def columns(self) -> dict[str, str]:
        """Return the digest of each column in all chunks."""
        return {column: self.name(column, 0, self.count) for column in self.names}

    def plain(self) -> dict[str, Any]:
        """Return all as values that JSON takes."""
        texts = {column: _text(held) for column, held in self.names.items()}
        return {"slots": _text(self.slots), "rows": _text(self.rows), "names": texts}

    @classmethod
    def of_plain(cls, values: Mapping[str, Any]) -> ChunkNames:
        """Return what `plain` was made of."""
        names = {column: b64decode(held) for column, held in values["names"].items()}
        return cls(b64decode(values["slots"]), b64decode(values["rows"]), names)


def chunk_names(chunks: Chunks, digests: Mapping[str, Sequence[str]]) -> ChunkNames:
    """Return chunks with the digests of their columns, 64 hex digits each."""
    slots, rows = (column.astype("<i8").tobytes() for column in chunks)
    return ChunkNames(slots, rows, {c: bytes.fromhex("".join(d)) for c, d in digests.items()})


def time_columns(schema: pa.Schema) -> list[str]:
    """Return the columns that may say where a partition is cut, the last one first.

    They are int64 and named ``…time_ns``; the first of them that has no null is the one.
    """
    return [f.name for f in schema if f.name.endswith(TIME) and f.type == pa.int64()][::-1]


def chunks_of(table: pa.Table, cut: Cut) -> Chunks:
    """Return the chunks of a table, by its last column of times that has no null, if it has one.

    >>> table = pa.table({"receive_time_ns": [8, 9], "event_time_ns": [None, 7]})
    >>> chunks_of(table, Cut(many=1)).rows.tolist()
    [2]
    """
    for name in time_columns(table.schema):
        if not table[name].null_count:
            return cut.chunks(runs_of(table[name].to_numpy()))
    return cut.positions(table.num_rows)


def _text(data: bytes) -> str:
    return b64encode(data).decode()
