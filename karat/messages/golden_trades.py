"""Golden captures of trades: what a reader may read beside quotes, and the reader that does."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

import pyarrow as pa

from karat.messages.instrument import Instrument
from karat.messages.message import Bytes, Ints
from karat.messages.reader import Reader


class Trades(NamedTuple):
    """Trades, five equally long columns; `side` is the aggressor's, 1 bid and -1 ask.

    `event_time_ns` is `NO_TIME` where golden does not tell it.
    """

    trade_id: Ints
    price_ticks: Ints
    size_lots: Ints
    side: Bytes
    event_time_ns: Ints


@runtime_checkable
class TradeReader(Protocol):
    """A `Reader` that reads golden trades too; where one does not, trades are not paired."""

    @property
    def golden_trade_columns(self) -> tuple[str, ...]:
        """Return the columns a golden capture of trades must have."""

    def trades(self, golden: pa.Table, instrument: Instrument, source: str) -> Trades:
        """Return the golden trades, in any order; InputError with `source` and the row."""


def trade_reader(reader: Reader) -> TradeReader | None:
    """Return the reader as one of golden trades, or None where it reads none."""
    return reader if isinstance(reader, TradeReader) else None
