"""Readers whose messages depend on those before: they follow a partition from its first row on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import pyarrow as pa

from karat.messages.carry import Carry
from karat.messages.instrument import Instrument
from karat.messages.message import Messages
from karat.messages.orders import Orders
from karat.messages.reader import Reader


class Session(Protocol):
    """One partition being read, batch after batch, from its first row on."""

    def messages(self, raw: pa.RecordBatch, first_row: int) -> Messages:
        """Parse the next rows; errors as `Reader.messages`."""

    def resting(self) -> Orders | None:
        """Return the orders that rest now, None for a venue that does not tell of orders."""


@runtime_checkable
class Following(Protocol):
    """What a reader has beside `Reader` when it must see a partition from its first row on."""

    @property
    def further(self) -> pa.Schema:
        """Return the columns its messages bring beside those of `BOOK_EVENTS`."""

    @property
    def starts_empty(self) -> bool:
        """Return whether a book begins empty where there is neither snapshot nor carry."""

    def follow(self, instrument: Instrument, opening: Carry | None, source: str) -> Session:
        """Return a new session that opens with the book `opening`, if there is one."""


@dataclass(frozen=True, slots=True)
class _Apart:
    """The session of a reader to which every message says all by itself."""

    reader: Reader
    instrument: Instrument
    source: str

    def messages(self, raw: pa.RecordBatch, first_row: int) -> Messages:
        return self.reader.messages(raw, self.instrument, first_row, self.source)

    def resting(self) -> None:
        return None


def session_of(
    reader: Reader, instrument: Instrument, opening: Carry | None, source: str
) -> Session:
    """Return a new session of any reader."""
    if isinstance(reader, Following):
        return reader.follow(instrument, opening, source)
    return _Apart(reader, instrument, source)


def beside(reader: Reader) -> tuple[pa.Schema, bool]:
    """Return a reader's further columns, and whether its books may begin empty."""
    if isinstance(reader, Following):
        return reader.further, reader.starts_empty
    return pa.schema([]), False
