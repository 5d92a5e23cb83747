"""Reader for Bitstamp captures of single orders (L3): created, changed, deleted, and trades.

A capture is `recv_ts_ms, event, payload`: the JSON text as received, one message a row, the rows
of the venue's own `order_book` messages among them. The feed has no update ids, so a message's id
is the time it was received, in ns, plus its row within the millisecond; golden quotes, the best
level of `order_book`, have ids of the same kind, and the two are joined by receive time.

The feed begins without a snapshot: a book begins empty and orders from before are not known. What
names such an order and takes nothing out is a delta without a level. An order that is changed
rests with what remains of it, whatever was said of it before: that is the plain reading, and by it
a change that arrives after the delete of its order brings that order back for good.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from karat.errors import InputError
from karat.messages.building import Arrival, Building, Rising
from karat.messages.capture_file import integers, texts
from karat.messages.carry import Carry
from karat.messages.fixed_point import steps_of, whole_units
from karat.messages.instrument import Instrument
from karat.messages.message import Ints, Messages, Quotes
from karat.messages.orders import Orders
from karat.messages.resting import Change, RestingOrders
from karat.messages.schema import Kind, Side

RESTS = {"order_created", "order_changed"}
SIDES = {0: Side.BID, 1: Side.ASK}
NS_PER_MS = 1_000_000
LARGEST = 2**63 - 1
LATEST_MS = LARGEST // NS_PER_MS - 1
LEVEL_COLUMNS = ("line", "recv_ts_ms", "side", "level", "price_e8", "amount_e8")
ORDER_COLUMNS = pa.schema(
    [
        pa.field("order_id", pa.int64()),
        pa.field("order_lots", pa.int64()),
        pa.field("best_bid_order", pa.int64()),
        pa.field("best_ask_order", pa.int64()),
    ]
)
"""Whose message it was and what remains of that order (0 none, null not known here); and the order
that has rested longest at either best price after the message."""


@dataclass(frozen=True, slots=True)
class BitstampReader:
    """Reads Bitstamp's order-level feed."""

    raw_columns: tuple[str, ...] = ("recv_ts_ms", "event", "payload")
    opening_columns: tuple[str, ...] = ("event",)
    golden_columns: tuple[str, ...] = LEVEL_COLUMNS
    further: pa.Schema = ORDER_COLUMNS
    starts_empty: bool = True

    def opens_book(self, raw: pa.RecordBatch, first_row: int, source: str) -> Any:
        """Return that no row is a snapshot of orders."""
        return pc.equal(texts(raw["event"], "event", source, first_row), "")

    def messages(
        self, raw: pa.RecordBatch, instrument: Instrument, first_row: int, source: str
    ) -> Messages:
        """Parse rows that have none before them; errors as those of the session."""
        return self.follow(instrument, None, source).messages(raw, first_row)

    def follow(self, instrument: Instrument, opening: Carry | None, source: str) -> BitstampSession:
        """Return a new session that opens with the orders of a carry, if there is one."""
        orders = opening.orders if opening else None
        last = opening.sequence if opening else 0
        return BitstampSession(instrument, source, RestingOrders.of(orders), Rising(last))

    def quotes(self, golden: pa.Table, instrument: Instrument, source: str) -> Quotes:
        """Return the best level of each `order_book` message, by its id.

        Raises InputError with `source` and the row for a value off its step, or
        messages that are not in the order received.
        """
        rows = np.arange(1, len(golden) + 1)
        ids = _times(golden, source) + _ints(golden, "line", source) % NS_PER_MS
        table = golden.append_column("row", pa.array(rows)).append_column("id", pa.array(ids))
        best = table.filter(pc.equal(golden["level"], 0))
        ids = best["id"].to_numpy()
        if (falls := np.diff(ids) < 0).any():
            row = best["row"][int(np.argmax(falls)) + 1]
            raise InputError(f"{source}: row {row}: recv_ts_ms falls: sort the capture")
        known, place = np.unique(ids, return_inverse=True)
        side = texts(best["side"].combine_chunks(), "side", source)
        steps = {"price_e8": instrument.tick_e8, "amount_e8": instrument.lot_e8}
        columns = []
        for name in ("bid", "ask"):
            own = pc.equal(side, name).to_numpy(zero_copy_only=False)
            for column, step in steps.items():
                values = _ints(best, column, source)[own]
                filled = np.zeros(len(known), np.int64)
                at = best["row"].to_numpy()[own]
                filled[place[own]] = whole_units(values, step, at, column, source)
                columns.append(filled)
        return Quotes(known, *columns)


@dataclass
class BitstampSession:
    """One partition's orders, followed from its first row on."""

    instrument: Instrument
    source: str
    book: RestingOrders
    ids: Rising

    def resting(self) -> Orders:
        """Return the orders that rest now."""
        return self.book.orders()

    def messages(self, raw: pa.RecordBatch, first_row: int) -> Messages:
        """Parse order events and trades; the venue's book snapshots are passed over.

        Raises InputError with the source and the row for malformed JSON, a missing field, or a
        price or amount off its step.
        """
        events = texts(raw["event"], "event", self.source, first_row).to_pylist()
        payload = texts(raw["payload"], "payload", self.source, first_row).to_pylist()
        received = _times(raw, self.source, first_row).tolist()
        building = Building(ORDER_COLUMNS)
        for row, (event, text, time) in enumerate(
            zip(events, payload, received, strict=True), first_row
        ):
            if event == "trade":
                self._trade(building, Arrival(row, time), text)
            elif event.startswith("order_") and event != "order_book":
                self._order(building, Arrival(row, time), event, text)
        return building.messages()

    def _order(self, building: Building, at: Arrival, event: str, text: str) -> None:
        where = f"{self.source}: row {at.row}"
        order_id, kind, price, amount = fields(text, ("id", "order_type", "price", "amount"), where)
        side = SIDES.get(kind) if type(kind) is int else None
        if side is None or not _is_id(order_id):
            raise InputError(
                f"{where}: order {order_id!r} of type {kind!r}: 0 or 1 is needed, "
                "and an id of 64 bits"
            )
        ticks = steps_of(price, self.instrument.tick_e8, "price", where)
        lots = steps_of(amount, self.instrument.lot_e8, "amount", where)
        changes = (
            self.book.put(order_id, side, ticks, lots)
            if event in RESTS
            else self.book.take(order_id)
        )
        if any(change.size_lots > LARGEST for change in changes):
            raise InputError(f"{where}: amount {amount}: its level does not fit 64 bits")
        remains = (lots if event in RESTS else 0) if changes else None
        ids = self.ids.next(at.receive_time_ns + at.row % NS_PER_MS)
        building.add(Kind.DELTA, at, ids, changes, (order_id, remains, *self._first()))

    def _trade(self, building: Building, at: Arrival, text: str) -> None:
        where = f"{self.source}: row {at.row}"
        trade_id, price, amount = fields(text, ("id", "price", "amount"), where)
        if not _is_id(trade_id):
            raise InputError(f"{where}: trade id {trade_id!r} is not a whole number of 64 bits")
        level = Change(
            Side.NONE,
            steps_of(price, self.instrument.tick_e8, "price", where, rounded=True),
            steps_of(amount, self.instrument.lot_e8, "amount", where, rounded=True),
        )
        further = (None, None, *self._first())
        building.add(Kind.TRADE, at, (trade_id, trade_id), [level], further)

    def _first(self) -> tuple[int | None, int | None]:
        return self.book.first_at_best(Side.BID), self.book.first_at_best(Side.ASK)


def fields(text: str, names: tuple[str, ...], where: str) -> list[Any]:
    """Return fields of a JSON object, numbers with a point as their text.

    Raises InputError beginning with `where` for malformed JSON or a missing field.
    """
    try:
        record = json.loads(text, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: malformed JSON ({error})") from error
    missing = [name for name in names if not isinstance(record, dict) or name not in record]
    if missing:
        raise InputError(f"{where}: the message has no field {missing[0]!r}")
    return [record[name] for name in names]


def _times(table: pa.Table | pa.RecordBatch, source: str, first_row: int = 1) -> Ints:
    times = _ints(table, "recv_ts_ms", source, first_row)
    if (odd := (times < 0) | (times > LATEST_MS)).any():
        at = int(np.argmax(odd))
        raise InputError(
            f"{source}: row {first_row + at}: recv_ts_ms {times[at]} is no ms since 1970"
        )
    return times * NS_PER_MS


def _is_id(value: object) -> bool:
    """Return whether JSON told an int64: true and false are no numbers."""
    return type(value) is int and -LARGEST <= value <= LARGEST


def _ints(table: pa.Table | pa.RecordBatch, name: str, source: str, first_row: int = 1) -> Ints:
    column = table[name]
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    values: Ints = integers(array, name, source, first_row).to_numpy().astype(np.int64)
    return values


SPOT = BitstampReader()
