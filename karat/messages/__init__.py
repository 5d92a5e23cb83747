"""Takes vendors' raw captures; gives one ordered table of book events."""

from karat.messages.carry import NO_BOOK, RESET, Carry
from karat.messages.following import Following, Session
from karat.messages.golden_trades import TradeReader, Trades, trade_reader
from karat.messages.instrument import (
    Instrument,
    instrument_on,
    instrument_rows,
    shipped_table,
)
from karat.messages.message import Messages, Quotes
from karat.messages.orders import Orders
from karat.messages.reader import Reader, reader_of
from karat.messages.rebuilding import Rebuilt, input_digest, rebuild
from karat.messages.schema import BOOK_EVENTS, REBUILD_VERSION, Flag, Kind, Side

__all__ = [
    "BOOK_EVENTS",
    "NO_BOOK",
    "REBUILD_VERSION",
    "RESET",
    "Carry",
    "Flag",
    "Following",
    "Instrument",
    "Kind",
    "Messages",
    "Orders",
    "Quotes",
    "Reader",
    "Rebuilt",
    "Session",
    "Side",
    "TradeReader",
    "Trades",
    "input_digest",
    "instrument_on",
    "instrument_rows",
    "reader_of",
    "rebuild",
    "shipped_table",
    "trade_reader",
]
