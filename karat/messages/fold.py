"""A book and the messages it has seen: folds batches, keeps what went wrong, gives the carry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from karat.messages.carry import Carry
from karat.messages.message import NO_TIME, Messages
from karat.messages.schema import BOOK_EVENTS, Flag, Kind, Side

CAPACITY = 1 << 12
KEPT_PLACES = 1000
NOTHING = pa.schema([])
ANOMALIES = ("stale", "duplicate", "gap", "overlap")
COUNTS = (*ANOMALIES, "unknown_delete", "deltas", "replayed", "levels", "trades", "snapshots")


@dataclass(frozen=True, slots=True)
class Place:
    """An anomaly: what, the capture's row, and the first and last id concerned."""

    what: str
    row: int
    first_id: int
    last_id: int


@dataclass
class Fold:
    """A book under reconstruction. Without `opening` it must be fed a snapshot first.

    `further` are the columns that messages bring beside those of `BOOK_EVENTS`.
    """

    opening: Carry | None = None
    further: pa.Schema = NOTHING
    _keys: Any = field(default_factory=lambda: np.zeros((2, CAPACITY), np.int64))
    _lots: Any = field(default_factory=lambda: np.zeros((2, CAPACITY), np.int64))
    _count: Any = field(default_factory=lambda: np.zeros(2, np.int64))
    _status: Any = field(default_factory=lambda: np.zeros(3, np.int64))
    _counts: Any = field(default_factory=lambda: np.zeros(len(COUNTS), np.int64))
    _places: Any = field(default_factory=lambda: np.zeros((KEPT_PLACES, 4), np.int64))

    def __post_init__(self) -> None:
        if self.opening is not None:
            self._open(self.opening)

    def _open(self, carry: Carry) -> None:
        need = max(len(carry.bid_ticks), len(carry.ask_ticks))
        width = max(CAPACITY, 1 << int(need).bit_length())
        self._keys, self._lots = np.zeros((2, 2, width), np.int64)
        sides = ((carry.bid_ticks, carry.bid_lots), (-carry.ask_ticks, carry.ask_lots))
        for side, (keys, lots) in enumerate(sides):
            self._keys[side, : len(keys)], self._lots[side, : len(lots)] = keys, lots
            self._count[side] = len(keys)
        self._status[:] = 1, carry.sequence, 0

    def apply(self, messages: Messages) -> pa.Table:
        """Fold `messages` into the book; return their rows of `book_events`, in applied order.

        While there is no book yet, deltas wait for the batch's first snapshot and follow it.
        """
        from karat.messages import fold_kernel as kernel

        self._sweep()
        order, replayed = self._order(messages)
        room = len(messages.side) + messages.length
        numbers, codes = np.empty((9, room), np.int64), np.empty((3, room), np.int8)
        self._keys, self._lots, rows = kernel.fold(
            messages._replace(further=None), order, replayed,
            self._keys, self._lots, self._count, self._status,
            kernel.Out(numbers, codes), kernel.Tally(self._counts, self._places),
        )  # fmt: skip
        message = numbers[kernel.MESSAGE, :rows]
        table = _table(
            numbers[:, :rows],
            codes[:, :rows],
            messages.event_time_ns[message],
            messages.receive_time_ns[message],
        )
        return self._beside(table, messages.further, message)

    def opening_row(self, event_time_ns: int, receive_time_ns: int) -> pa.Table:
        """Return the one CARRY row that says where the book stands, before anything is folded."""
        numbers, codes = np.zeros((9, 1), np.int64), np.zeros((3, 1), np.int8)
        tops = [
            (keys[used - 1] * sign, lots[used - 1]) if used else (0, 0)
            for keys, lots, used, sign in zip(
                self._keys, self._lots, self._count, (1, -1), strict=True
            )
        ]
        stands = self._status[1]
        numbers[:, 0] = stands, stands, 0, 0, 0, *tops[0], *tops[1]
        codes[:, 0] = Kind.CARRY, Side.NONE, Flag.CLOSING
        table = _table(numbers, codes, np.array([event_time_ns]), np.array([receive_time_ns]))
        return self._beside(table, None, np.zeros(1, np.int64))

    def _beside(self, table: pa.Table, further: pa.Table | None, message: Any) -> pa.Table:
        """Return `table` and each row's further columns, null where its message has none."""
        for field_ in self.further:
            column = (
                pa.nulls(len(message), field_.type)
                if further is None
                else further[field_.name].take(pa.array(message))
            )
            table = table.append_column(field_, column)
        return table

    def _order(self, messages: Messages) -> tuple[Any, Any]:
        order = np.arange(messages.length)
        replayed = np.zeros(messages.length, np.bool_)
        if self._status[0]:
            return order, replayed
        at = int(np.argmax(messages.kind == Kind.SNAPSHOT))
        early = messages.kind[:at] == Kind.DELTA
        order[: at + 1] = np.concatenate([order[:at][~early], [at], order[:at][early]])
        replayed[at + 1 - early.sum() : at + 1] = True
        return order, replayed

    def _sweep(self) -> None:
        """Drop the places of removed levels."""
        for side in range(2):
            live = np.flatnonzero(self._lots[side, : self._count[side]])
            self._keys[side, : len(live)] = self._keys[side, live]
            self._lots[side, : len(live)] = self._lots[side, live]
            self._count[side] = len(live)

    @property
    def synced(self) -> bool:
        """Return whether there is a book."""
        return bool(self._status[0])

    def closing(self) -> Carry:
        """Return the book as it stands."""
        self._sweep()
        bids, asks = self._count
        return Carry(
            int(self._status[1]),
            self._keys[0, :bids].copy(),
            self._lots[0, :bids].copy(),
            -self._keys[1, :asks],
            self._lots[1, :asks].copy(),
        )

    def counts(self) -> dict[str, int]:
        """Return how much was folded and how often each anomaly was met."""
        return {name: int(count) for name, count in zip(COUNTS, self._counts, strict=True)}

    def places(self) -> list[Place]:
        """Return where the first 1,000 anomalies are, in the order they were met."""
        kept = min(KEPT_PLACES, int(self._counts[: len(ANOMALIES)].sum()))
        return [Place(ANOMALIES[w], row, a, b) for w, row, a, b in self._places[:kept].tolist()]


def _table(numbers: Any, codes: Any, event_time_ns: Any, receive_time_ns: Any) -> pa.Table:
    sequence, previous, _, price, size, bid, bid_lots, ask, ask_lots = numbers
    kind, side, flags = codes
    no_level = (side == Side.NONE) & (kind != Kind.TRADE)
    no_bid, no_ask = bid_lots == 0, ask_lots == 0
    columns = [
        pa.array(sequence),
        pa.array(previous),
        pa.array(event_time_ns, mask=event_time_ns == NO_TIME),
        pa.array(receive_time_ns),
        pa.array(kind),
        pa.array(side),
        pa.array(price, mask=no_level),
        pa.array(size, mask=no_level),
        pa.array(bid, mask=no_bid),
        pa.array(bid_lots, mask=no_bid),
        pa.array(ask, mask=no_ask),
        pa.array(ask_lots, mask=no_ask),
        pa.array(ask - bid, mask=no_bid | no_ask),
        pa.array(flags),
    ]
    return pa.Table.from_arrays(columns, schema=BOOK_EVENTS)
