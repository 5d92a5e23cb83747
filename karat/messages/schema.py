"""The columns of `book_events`, and the codes its small integers stand for."""

from __future__ import annotations

from enum import IntEnum, IntFlag

import pyarrow as pa

REBUILD_VERSION = 1
"""Raised whenever the same raw bytes would give other book events."""


class Kind(IntEnum):
    """What a row is."""

    CARRY = 0  # the book as the partition before left it: one row, `sequence` is where it stands
    SNAPSHOT = 1  # one level of a snapshot
    DELTA = 2  # one changed level; a delta without levels is one row without price
    TRADE = 3
    STALE = 4  # a delta or snapshot older than the book: named, not applied
    DUPLICATE = 5  # a delta whose ids were applied before: named, not applied


class Side(IntEnum):
    """Whose row it is; for a trade, the aggressor's side."""

    ASK = -1
    NONE = 0
    BID = 1


class Flag(IntFlag):
    """What else is true of a row."""

    CLOSING = 1  # last row of its message: only here is the book whole
    REPLAYED = 2  # received before the snapshot, applied after it
    UNKNOWN_DELETE = 4  # removes a level that the book does not hold


BOOK_EVENTS = pa.schema(
    [
        pa.field("sequence", pa.int64(), nullable=False),
        pa.field("previous_sequence", pa.int64(), nullable=False),
        pa.field("event_time_ns", pa.int64()),
        pa.field("receive_time_ns", pa.int64(), nullable=False),
        pa.field("kind", pa.int8(), nullable=False),
        pa.field("side", pa.int8(), nullable=False),
        pa.field("price_ticks", pa.int64()),
        pa.field("size_lots", pa.int64()),
        pa.field("best_bid_ticks", pa.int64()),
        pa.field("best_bid_lots", pa.int64()),
        pa.field("best_ask_ticks", pa.int64()),
        pa.field("best_ask_lots", pa.int64()),
        pa.field("spread_ticks", pa.int64()),
        pa.field("flags", pa.int8(), nullable=False),
    ]
)
"""`sequence` is the venue's update id, or the trade id of a trade. `previous_sequence` is the id a
delta says it follows (spot: its first id less one); other rows follow nothing and repeat their
own. Prices are whole ticks, sizes whole lots; the best columns stand after the row, null where a
side is empty."""
