"""How a venue's captures become messages: a plug-in, found by ``<venue>-<market>``."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any, Protocol

import pyarrow as pa

from karat.errors import InputError
from karat.messages.instrument import Instrument
from karat.messages.message import Messages, Quotes

GROUP = "karat.readers"


class Reader(Protocol):
    """Reads one market's raw and golden captures; register it under entry point `karat.readers`.

    One that is a `karat.messages.TradeReader` besides has its trades held against golden ones. One
    that has `quotes_stand_alone = True` makes the same `quotes` and `trades` of any rows of a
    golden capture as of all: then a large capture is read piece by piece. One that has
    `rows_stand_alone = True` makes the same messages of a stretch of rows whatever it read before,
    and may be asked for several at once, in threads.
    """

    @property
    def raw_columns(self) -> tuple[str, ...]:
        """Return the columns a raw capture must have."""

    @property
    def opening_columns(self) -> tuple[str, ...]:
        """Return the columns that `opens_book` looks at."""

    @property
    def golden_columns(self) -> tuple[str, ...]:
        """Return the columns a golden capture must have."""

    def opens_book(self, raw: pa.RecordBatch, first_row: int, source: str) -> Any:
        """Return a mask of the rows that hold a snapshot; errors as `messages`."""

    def messages(
        self, raw: pa.RecordBatch, instrument: Instrument, first_row: int, source: str
    ) -> Messages:
        """Parse the rows of `raw`; InputError with `source` and the row for bad input."""

    def quotes(self, golden: pa.Table, instrument: Instrument, source: str) -> Quotes:
        """Return the golden best quotes by rising update id."""


def reader_of(instrument: str) -> Reader:
    """Return the reader of an instrument such as ``binance-spot-btcusdt``.

    Raises InputError with the known ones for an unknown venue or market.
    """
    name = "-".join(instrument.split("-")[:2])
    found = entry_points(group=GROUP)
    for entry in found:
        if entry.name == name:
            reader: Reader = entry.load()
            return reader
    known = ", ".join(sorted({entry.name for entry in found}))
    raise InputError(
        f"unknown venue {name!r} of instrument {instrument!r}; have {known}: "
        f"register a reader under the entry point {GROUP!r}"
    )
