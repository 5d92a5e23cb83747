"""Reader for Kraken captures (websocket v1): books, trades, and the venue's checksum of each book.

A capture is `ts_s, data`: the JSON text as received, one message a row, all pairs together; a
partition takes the messages of its own pair. Kraken has no update ids, so a message's id is the
time it was received, in ns. With each change it sends a CRC-32 of the ten best levels after it, as
printed (https://docs.kraken.com/api/docs/guides/spot-ws-book-v1): a golden in the capture itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from karat.errors import InputError
from karat.messages.building import Arrival, Building, Rising
from karat.messages.capture_file import texts
from karat.messages.carry import Carry
from karat.messages.fixed_point import steps_of
from karat.messages.instrument import Instrument
from karat.messages.message import NO_TIME, Messages, Quotes
from karat.messages.printed_book import PrintedBook
from karat.messages.resting import Change
from karat.messages.schema import Kind, Side

CHECKED = pa.schema([pa.field("raw_row", pa.int64()), pa.field("checksum_ok", pa.int8())])
"""The row of the capture, from 1; and whether the venue's checksum is that of the book after the
message (1 or 0), null for messages that carry none."""
NO_MESSAGE = (
    ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError
)  # fmt: skip
LATEST_NS = 2**63 - 1
AGGRESSOR = {"b": Side.BID, "s": Side.ASK}
BOOK = {"a": Side.ASK, "b": Side.BID, "as": Side.ASK, "bs": Side.BID}


@dataclass(frozen=True, slots=True)
class KrakenReader:
    """Reads one pair of Kraken's spot market."""

    raw_columns: tuple[str, ...] = ("ts_s", "data")
    opening_columns: tuple[str, ...] = ("data",)
    golden_columns: tuple[str, ...] = ()
    further: pa.Schema = CHECKED
    starts_empty: bool = False

    def opens_book(self, raw: pa.RecordBatch, first_row: int, source: str) -> Any:
        """Return a mask of the rows that are snapshots, of any pair."""
        return pc.match_substring(_data(raw, source, first_row), '{"as":')

    def messages(
        self, raw: pa.RecordBatch, instrument: Instrument, first_row: int, source: str
    ) -> Messages:
        """Parse rows that have none before them; errors as those of the session."""
        return self.follow(instrument, None, source).messages(raw, first_row)

    def follow(self, instrument: Instrument, opening: Carry | None, source: str) -> KrakenSession:
        """Return a new session that opens with the book of a carry, if there is one."""
        last = opening.sequence if opening else 0
        book = PrintedBook.of(opening, instrument)
        return KrakenSession(instrument, source, book, Rising(last))

    def quotes(self, golden: pa.Table, instrument: Instrument, source: str) -> Quotes:
        """Raise InputError: there are no golden captures, the checksums stand in the raw one."""
        raise InputError(
            f"{source}: {instrument.name} has no golden captures; its raw capture carries the "
            f"venue's checksums: leave out the {golden.num_rows:,} rows and judge `checksum_ok`"
        )


@dataclass
class KrakenSession:
    """One pair's messages, followed from the capture's first row on."""

    instrument: Instrument
    source: str
    book: PrintedBook
    ids: Rising
    trade_ids: Rising = field(default_factory=lambda: Rising(0))

    def resting(self) -> None:
        """Return None: the venue tells of levels, not of orders."""
        return

    def messages(self, raw: pa.RecordBatch, first_row: int) -> Messages:
        """Parse the pair's book messages and trades; other channels are passed over.

        Raises InputError with the source and the row for malformed JSON, a message of another
        shape, or a price or size off its step.
        """
        data = _data(raw, self.source, first_row).to_pylist()
        building = Building(CHECKED)
        for row, (text, seconds) in enumerate(zip(data, raw["ts_s"].to_pylist(), strict=True),
                                              first_row):  # fmt: skip
            if not text.startswith("["):
                continue
            where = f"{self.source}: row {row}"
            try:
                *parts, channel, pair = json.loads(text)
                if pair.replace("/", "").lower() == self.instrument.symbol:
                    self._read(building, row, seconds, channel, parts[1:], where)
            except InputError:
                raise
            except NO_MESSAGE as error:
                raise InputError(f"{where}: not a message of Kraken's ({error})") from error
        return building.messages()

    def _read(
        self, building: Building, row: int, seconds: float, channel: str, parts: Any, where: str
    ) -> None:
        received = _ns(round(seconds * 1_000_000) * 1000)
        if channel == "trade":
            for trade in parts[0]:
                self._trade(building, Arrival(row, received, _time(trade[2])), trade, where)
        elif channel.startswith("book-"):
            sides = [(BOOK[k], one) for part in parts for k, v in part.items() if k in BOOK
                     for one in v]  # fmt: skip
            sent = max((_time(one[2]) for _, one in sides), default=NO_TIME)
            full = any("as" in part for part in parts)
            changes = self._changes(sides, int(channel.removeprefix("book-")), where, full=full)
            crc = next((part["c"] for part in parts if "c" in part), None)
            good = None if crc is None else int(self.book.checksum() == int(crc))
            kind = Kind.SNAPSHOT if full else Kind.DELTA
            at = Arrival(row, received, sent)
            building.add(kind, at, self.ids.next(received), changes, (row, good))

    def _changes(self, sides: Any, depth: int, where: str, *, full: bool) -> list[Change]:
        if full:
            self.book.clear()
        changes = []
        for side, (price, size, *_) in sides:
            ticks, lots = self._steps(price, size, where)
            changes.append(self.book.put(side, ticks, lots, price, size))
        return changes + self.book.cut(depth)

    def _trade(self, building: Building, at: Arrival, trade: Any, where: str) -> None:
        ticks, lots = self._steps(trade[0], trade[1], where)
        own = self.trade_ids.next(at.receive_time_ns)[1]
        level = Change(AGGRESSOR[trade[3]], ticks, lots)
        building.add(Kind.TRADE, at, (own, own), [level], (at.row, None))

    def _steps(self, price: str, size: str, where: str) -> tuple[int, int]:
        return (
            steps_of(price, self.instrument.tick_e8, "price", where),
            steps_of(size, self.instrument.lot_e8, "size", where),
        )


def _time(text: str) -> int:
    """Return seconds with a point as ns."""
    return _ns(int(Decimal(text).scaleb(9)))


def _ns(time: int) -> int:
    if not 0 <= time <= LATEST_NS:
        raise ValueError(f"{time} is no ns since 1970")
    return time


def _data(raw: pa.RecordBatch, source: str, first_row: int) -> pa.Array:
    return texts(pc.fill_null(raw["data"], ""), "data", source, first_row)


SPOT = KrakenReader()
