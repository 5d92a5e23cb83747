"""Links of books: whether each piece opens with the book that the piece before it closed with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pyarrow as pa

from karat.digest import digest
from karat.errors import CorruptError, InputError
from karat.states.encoding import Reader, Writer
from karat.states.piecewise import piecewise

Digests = Sequence[str] | Any
"""Digests of books: texts, or a pyarrow column of them."""


class Break(NamedTuple):
    """The digest that a piece closed with, and the other one that the next opened with."""

    closed: str
    opened: str


@dataclass(frozen=True)
class BookLinkState:
    """Digest of the first opening book and the last closing one, and the breaks between pieces.

    Texts are empty for no pieces; `first` is the first break, or None.
    """

    opening: str = ""
    closing: str = ""
    pieces: int = 0
    breaks: int = 0
    first: Break | None = None


@dataclass(frozen=True)
class BookLink:
    """How many pieces (partitions, chunks) do not open with the book left by the one before.

    >>> BookLink().observe(["a", "b", "x"], ["b", "c", "d"]).first
    Break(closed='c', opened='x')
    """

    name: ClassVar[str] = "book_link"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = True

    def key(self) -> str:
        """Return the digest of name and version."""
        return digest("statistic/1", self.name, self.version)

    def empty(self) -> BookLinkState:
        """Return the state of no pieces."""
        return BookLinkState()

    @piecewise(160)
    def observe(self, opening: Digests, closing: Digests) -> BookLinkState:
        """Return the links of pieces in their order, one digest of each kind a piece.

        Raises `InputError` for columns of unequal length, or a digest that is empty or no text.
        """
        opened, closed = _texts(opening, "opening"), _texts(closing, "closing")
        if len(opened) != len(closed):
            raise InputError(f"{len(opened)} opening digests and {len(closed)} closing ones")
        if not opened:
            return self.empty()
        meetings = map(Break, closed[:-1], opened[1:])
        breaks = [met for met in meetings if met.closed != met.opened]
        first = breaks[0] if breaks else None
        return BookLinkState(opened[0], closed[-1], len(opened), len(breaks), first)

    def merge(self, a: BookLinkState, b: BookLinkState) -> BookLinkState:
        """Return the state of the pieces of `a` followed by those of `b`."""
        if not (a.pieces and b.pieces):
            return a if a.pieces else b
        broken = a.closing != b.opening
        first = a.first or (Break(a.closing, b.opening) if broken else b.first)
        breaks = a.breaks + broken + b.breaks
        return BookLinkState(a.opening, b.closing, a.pieces + b.pieces, breaks, first)

    def encode(self, state: BookLinkState) -> bytes:
        """Return the bytes of a state."""
        writer = Writer(self.version).integers(state.pieces, state.breaks)
        for text in (state.opening, state.closing, *(state.first or ())):
            writer.text(text)
        return writer.data()

    def decode(self, data: bytes) -> BookLinkState:
        """Return the state of these bytes; `CorruptError` when they are none."""
        reader = Reader(data, self.version, self.name)
        pieces, breaks = reader.integers(2)
        opening, closing = reader.text(), reader.text()
        first = Break(reader.text(), reader.text()) if breaks else None
        reader.end()
        if {bool(opening), bool(closing)} != {pieces > 0} or not 0 <= breaks < max(pieces, 1):
            raise CorruptError(f"{self.name}: {pieces} pieces do not have these; compute it again")
        return BookLinkState(opening, closing, pieces, breaks, first)


def _texts(column: Digests, name: str) -> list[str]:
    if isinstance(column, pa.Array | pa.ChunkedArray):
        texts: list[Any] = column.to_pylist()
    else:
        texts = column.tolist() if isinstance(column, np.ndarray) else list(column)
    for at, text in enumerate(texts):
        if not (isinstance(text, str) and text):
            raise InputError(f"{name} digest {at} is {text!r}: the digest of a book is needed")
    return list(map(str, texts))
