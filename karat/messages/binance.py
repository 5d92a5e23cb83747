"""Readers for Binance captures: USD-M and COIN-M futures, and spot.

A capture is `recv_ts_ns, stream, payload`: the JSON text as received, one message a row. Futures
deltas say which id they follow (`pu`), and their ids are not dense; spot deltas follow their own
first id less one. The record types are those of the venue's public websocket documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from karat.errors import InputError
from karat.messages.binance_trades import LAST_MS, NS_PER_MS, TRADE_COLUMNS, read_trades
from karat.messages.capture_file import integers, texts
from karat.messages.fixed_point import whole_units
from karat.messages.golden_trades import Trades
from karat.messages.instrument import Instrument
from karat.messages.json_rows import DECIMAL, LEVELS, parse, refuse_torn
from karat.messages.levels import Levels, listed_levels, single_levels
from karat.messages.message import NO_TIME, Ints, Messages, Quotes
from karat.messages.part import Part, interleave
from karat.messages.schema import Kind, Side

I64, TEXT = pa.int64(), pa.string()
DEPTH_FIELDS = [("s", TEXT), ("E", I64), ("U", I64), ("u", I64), ("b", LEVELS), ("a", LEVELS)]
TRADE = pa.struct(
    [("s", TEXT), ("E", I64), ("t", I64), ("p", DECIMAL), ("q", DECIMAL), ("m", pa.bool_())]
)
SNAPSHOT = pa.schema([("lastUpdateId", I64), ("E", I64), ("bids", LEVELS), ("asks", LEVELS)])
UNUSED = "bookTicker"
"""The venue's own best quotes, which golden captures are made of: no book is rebuilt of them."""
QUOTE_COLUMNS = ("update_id", "bid_price_e8", "bid_qty_e8", "ask_price_e8", "ask_qty_e8")


@dataclass(frozen=True, slots=True)
class BinanceReader:
    """Reads one Binance market; `linked` when each delta names the id it follows (futures)."""

    linked: bool
    quotes_stand_alone: ClassVar[bool] = True
    rows_stand_alone: ClassVar[bool] = True
    raw_columns: tuple[str, ...] = ("recv_ts_ns", "stream", "payload")
    opening_columns: tuple[str, ...] = ("stream",)
    golden_columns: tuple[str, ...] = QUOTE_COLUMNS
    golden_trade_columns: tuple[str, ...] = TRADE_COLUMNS

    def opens_book(self, raw: pa.RecordBatch, first_row: int, source: str) -> Any:
        """Return a mask of the rows that are snapshots."""
        return pc.equal(texts(raw["stream"], "stream", source, first_row), "rest_snapshot")

    def messages(
        self, raw: pa.RecordBatch, instrument: Instrument, first_row: int, source: str
    ) -> Messages:
        """Parse the depth, trade and snapshot rows of `raw`, which starts at row `first_row`.

        Other streams are passed over, `UNUSED` once they are seen to be whole. Raises InputError
        with `source` and the row for malformed JSON, a missing field, another symbol, or a price
        or size off its step.
        """
        streams = texts(raw["stream"], "stream", source, first_row)
        payload = texts(raw["payload"], "payload", source, first_row)
        refuse_torn(payload, pc.equal(streams, UNUSED), first_row, source)
        batch = _Batch(streams, payload, instrument, first_row, source)
        parts = [self._depth(batch), _trades(batch), _snapshots(batch)]
        received = integers(raw["recv_ts_ns"], "recv_ts_ns", source, first_row).to_numpy()
        return interleave(parts, received, first_row)

    def quotes(self, golden: pa.Table, instrument: Instrument, source: str) -> Quotes:
        """Return golden best quotes in ticks and lots, by update id.

        Raises InputError with `source` and the row when ids fall or a value is off its step.
        """
        columns = [
            integers(golden[name].combine_chunks(), name, source).to_numpy()
            for name in QUOTE_COLUMNS
        ]
        rows = np.arange(1, len(golden) + 1)
        falls = np.flatnonzero(np.diff(columns[0]) < 0)
        if len(falls):
            raise InputError(f"{source}: row {falls[0] + 2}: update_id falls: sort the capture")
        steps = (instrument.tick_e8, instrument.lot_e8) * 2
        values = [
            whole_units(column, step, rows, name, source)
            for column, step, name in zip(columns[1:], steps, QUOTE_COLUMNS[1:], strict=True)
        ]
        return Quotes(np.ascontiguousarray(columns[0]), *values)

    def trades(self, golden: pa.Table, instrument: Instrument, source: str) -> Trades:
        """Return golden trades in ticks and lots; errors as `read_trades`."""
        return read_trades(golden, instrument, source)

    def _depth(self, batch: _Batch) -> Part:
        fields = DEPTH_FIELDS + [("pu", I64)] * self.linked
        at, data = batch.records("depth", pa.schema([("data", pa.struct(fields))]))
        first, last = batch.ints(data, "U", at), batch.ints(data, "u", at)
        return Part(
            kind=int(Kind.DELTA),
            position=at,
            event_time_ns=batch.clock(batch.column(data, "E", at), at),
            first_id=first,
            last_id=last,
            previous_id=batch.ints(data, "pu", at) if self.linked else first - 1,
            levels=batch.both_sides(data, "b", "a", at),
        )


def _trades(batch: _Batch) -> Part:
    at, data = batch.records("trade", pa.schema([("data", TRADE)]))
    trade_id = batch.ints(data, "t", at)
    seller = batch.column(data, "m", at).to_numpy(zero_copy_only=False)
    prices, sizes = batch.column(data, "p", at), batch.column(data, "q", at)
    side = np.where(seller, np.int8(Side.ASK), np.int8(Side.BID))
    return Part(
        kind=int(Kind.TRADE),
        position=at,
        event_time_ns=batch.clock(batch.column(data, "E", at), at),
        first_id=trade_id,
        last_id=trade_id,
        previous_id=trade_id,
        levels=[single_levels(prices, sizes, side, batch.instrument, batch.rows(at), batch.source)],
    )


def _snapshots(batch: _Batch) -> Part:
    at, data = batch.records("rest_snapshot", SNAPSHOT)
    last = batch.ints(data, "lastUpdateId", at)
    return Part(
        kind=int(Kind.SNAPSHOT),
        position=at,
        event_time_ns=batch.clock(data["E"], at),
        first_id=last,
        last_id=last,
        previous_id=last,
        levels=batch.both_sides(data, "bids", "asks", at),
    )


@dataclass(frozen=True, slots=True)
class _Batch:
    """Raw rows with what every message of them needs."""

    streams: pa.Array
    payload: pa.Array
    instrument: Instrument
    first_row: int
    source: str

    def rows(self, at: Ints) -> Ints:
        return at + self.first_row

    def records(self, stream: str, schema: pa.Schema) -> tuple[Ints, dict[str, pa.Array]]:
        """Return the positions of one stream's rows and their fields by name."""
        mask = pc.equal(self.streams, stream)
        at = np.flatnonzero(mask.to_numpy(zero_copy_only=False))
        table = parse(self.payload.filter(mask), self.rows(at), schema, self.source)
        if "data" in table.schema.names:
            fields = pa.Table.from_struct_array(table["data"]).combine_chunks()
        else:
            fields = table
        columns = {name: _array(fields[name]) for name in fields.schema.names}
        self._check_symbol(columns, at)
        return at, columns

    def column(self, data: dict[str, pa.Array], name: str, at: Ints) -> pa.Array:
        """Return a field that every record must have."""
        if data[name].null_count:
            row = self.rows(at)[data[name].is_null().to_pylist().index(True)]
            raise InputError(f"{self.source}: row {row}: the message has no field {name!r}")
        return data[name]

    def ints(self, data: dict[str, pa.Array], name: str, at: Ints) -> Ints:
        values: Ints = self.column(data, name, at).to_numpy()
        return values

    def clock(self, milliseconds: pa.Array, at: Ints) -> Ints:
        """Return a clock in ns, `NO_TIME` where it is null."""
        clock = milliseconds.fill_null(0).to_numpy()
        if (bad := (clock < 0) | (clock > LAST_MS)).any():
            row = int(np.argmax(bad))
            raise InputError(
                f"{self.source}: row {self.rows(at)[row]}: E {clock[row]} is no time in "
                f"milliseconds since 1970: convert it"
            )
        none = milliseconds.is_null().to_numpy(zero_copy_only=False)
        return np.where(none, NO_TIME, clock * NS_PER_MS)

    def both_sides(self, data: dict[str, pa.Array], bids: str, asks: str, at: Ints) -> list[Levels]:
        return [
            listed_levels(
                self.column(data, name, at), side, self.instrument, self.rows(at), self.source
            )
            for name, side in ((bids, Side.BID), (asks, Side.ASK))
        ]

    def _check_symbol(self, columns: dict[str, pa.Array], at: Ints) -> None:
        if "s" not in columns:
            return
        symbols = pc.utf8_lower(self.column(columns, "s", at))
        wrong = pc.not_equal(symbols, self.instrument.symbol)
        if pc.any(wrong).as_py():
            first = wrong.to_pylist().index(True)
            raise InputError(
                f"{self.source}: row {self.rows(at)[first]}: symbol {columns['s'][first]} in a "
                f"capture of {self.instrument.name}"
            )


def _array(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    if isinstance(combined, pa.ChunkedArray):
        return combined.chunk(0) if combined.num_chunks else pa.array([], combined.type)
    return combined


USDM = BinanceReader(linked=True)
COINM = BinanceReader(linked=True)
SPOT = BinanceReader(linked=False)
