"""The book a partition leaves behind and the next one opens with."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from karat.digest import digest
from karat.errors import CorruptError
from karat.messages.message import Ints
from karat.messages.orders import Orders, levels_of

SCHEMA = pa.schema([("side", pa.int8()), ("price_ticks", pa.int64()), ("size_lots", pa.int64())])
ORDERS = SCHEMA.append(pa.field("order_id", pa.int64()))
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
    Where a venue tells of single orders, the book is `orders` and its levels are their sums.
    """

    sequence: int
    bid_ticks: Ints
    bid_lots: Ints
    ask_ticks: Ints
    ask_lots: Ints
    orders: Orders | None = field(default=None, kw_only=True)

    @classmethod
    def of_orders(cls, sequence: int, orders: Orders) -> Carry:
        """Return the book that `orders` make."""
        return cls(sequence, *levels_of(orders, 1), *levels_of(orders, -1), orders=orders)

    @property
    def digest(self) -> str:
        """Return the carry's name."""
        if self.orders is not None:
            return digest("carry/2", self.sequence, *self.orders.columns)
        columns = (self.bid_ticks, self.bid_lots, self.ask_ticks, self.ask_lots)
        return digest("carry/1", self.sequence, *(c.astype("<i8").tobytes() for c in columns))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Carry) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def encode(self) -> bytes:
        """Return the carry as an Arrow IPC file: bids, then asks; or its orders as they came."""
        if self.orders is not None:
            order_id, *level = self.orders
            return self._file(pa.table([*level, order_id], schema=ORDERS))
        sides = np.repeat(np.array([1, -1], np.int8), [len(self.bid_ticks), len(self.ask_ticks)])
        ticks = np.concatenate([self.bid_ticks, self.ask_ticks])
        lots = np.concatenate([self.bid_lots, self.ask_lots])
        return self._file(pa.table([sides, ticks, lots], schema=SCHEMA))

    def _file(self, table: pa.Table) -> bytes:
        table = table.replace_schema_metadata({"sequence": str(self.sequence)})
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
        known = table.schema in (SCHEMA, ORDERS)
        if not known or any(column.null_count for column in table.columns):
            raise CorruptError(f"carry {name[:12]} has columns {table.schema.names} or nulls")
        side, ticks, lots, *order_id = (column.to_numpy() for column in table.columns)
        if order_id:
            carry = cls.of_orders(sequence, Orders(order_id[0], side, ticks, lots))
        else:
            carry = cls(sequence, ticks[side > 0], lots[side > 0], ticks[side < 0], lots[side < 0])
        if carry.digest != name:
            raise CorruptError(f"carry {name[:12]} holds the book {carry.digest[:12]}")
        return carry
