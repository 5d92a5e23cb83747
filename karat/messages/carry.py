"""The book a partition leaves behind and the next one opens with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from karat.digest import digest
from karat.errors import CorruptError
from karat.messages.message import Ints

SCHEMA = pa.schema([("side", pa.int8()), ("price_ticks", pa.int64()), ("size_lots", pa.int64())])
RESET = "reset"
"""Stands for the opening carry of a partition that a snapshot opens."""
NO_BOOK = "none"
"""Stands for the opening carry of a partition before which there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Carry:
    """A whole book: the update id it stands at, and its levels, best last on either side.

    Bid prices rise, ask prices fall; sizes are never 0. The name (`digest`) is of this content
    and not of how it came about; the id is part of it, because two books that look alike at
    different ids have different futures: the next delta would continue one and not the other.
    """

    sequence: int
    bid_ticks: Ints
    bid_lots: Ints
    ask_ticks: Ints
    ask_lots: Ints

    @property
    def digest(self) -> str:
        """Return the carry's name."""
        columns = (self.bid_ticks, self.bid_lots, self.ask_ticks, self.ask_lots)
        return digest("carry/1", self.sequence, *(c.astype("<i8").tobytes() for c in columns))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Carry) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def encode(self) -> bytes:
        """Return the carry as an Arrow IPC file: bids, then asks."""
        sides = np.repeat(np.array([1, -1], np.int8), [len(self.bid_ticks), len(self.ask_ticks)])
        table = pa.table(
            [
                sides,
                np.concatenate([self.bid_ticks, self.ask_ticks]),
                np.concatenate([self.bid_lots, self.ask_lots]),
            ],
            schema=SCHEMA.with_metadata({"sequence": str(self.sequence)}),
        )
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        return bytes(sink.getvalue().to_pybytes())

    @classmethod
    def decode(cls, data: bytes, name: str) -> Carry:
        """Return the carry called `name`; CorruptError when the bytes make another one."""
        try:
            table = pa.ipc.open_file(pa.BufferReader(data)).read_all()
            sequence = int(table.schema.metadata[b"sequence"])
            table.validate(full=True)
        except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
            raise CorruptError(f"carry {name[:12]} cannot be read: {error}") from error
        if table.schema != SCHEMA or any(column.null_count for column in table.columns):
            raise CorruptError(f"carry {name[:12]} has columns {table.schema.names} or nulls")
        side, ticks, lots = (table[column].to_numpy() for column in SCHEMA.names)
        carry = cls(sequence, ticks[side > 0], lots[side > 0], ticks[side < 0], lots[side < 0])
        if carry.digest != name:
            raise CorruptError(f"carry {name[:12]} holds the book {carry.digest[:12]}")
        return carry
