"""Messages put together one by one, for feeds that are followed row after row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from karat.messages.message import NO_TIME, Messages
from karat.messages.resting import Change
from karat.messages.schema import Kind

HEAD = len(Messages._fields[:7])


class Arrival(NamedTuple):
    """Where a message stands: its 1-based row of the capture, and when it came and was sent."""

    row: int
    receive_time_ns: int
    event_time_ns: int = NO_TIME


@dataclass
class Building:
    """Messages so far; `further` are the columns that each brings values of."""

    further: pa.Schema
    _heads: list[tuple[int, ...]] = field(default_factory=list)
    _levels: list[Change] = field(default_factory=list)
    _starts: list[int] = field(default_factory=lambda: [0])
    _further: list[tuple[int | None, ...]] = field(default_factory=list)

    def add(
        self,
        kind: Kind,
        at: Arrival,
        ids: tuple[int, int],
        levels: Sequence[Change],
        further: tuple[int | None, ...],
    ) -> None:
        """Add a message whose `ids` are the one it follows and its own."""
        previous, own = ids
        self._heads.append((kind, *at, own, own, previous))
        self._levels += levels
        self._starts.append(len(self._levels))
        self._further.append(further)

    def messages(self) -> Messages:
        """Return all messages, in the order they were added."""
        heads = np.array(self._heads, np.int64).reshape(-1, HEAD).T.copy()
        kind, row, received, sent, first, last, previous = heads
        side, ticks, lots = np.array(self._levels, np.int64).reshape(-1, 3).T.copy()
        starts = np.array(self._starts)
        return Messages(
            kind.astype(np.int8), row, received, sent, first, last, previous,
            starts, side.astype(np.int8), ticks, lots, self._table(),
        )  # fmt: skip

    def _table(self) -> pa.Table:
        columns = zip(*self._further, strict=True) if self._further else [()] * len(self.further)
        arrays = [pa.array(c, f.type) for c, f in zip(columns, self.further, strict=True)]
        return pa.table(arrays, schema=self.further)


@dataclass
class Rising:
    """Ids out of a clock that may stand still: they rise strictly, from `last` on."""

    last: int

    def next(self, clock: int) -> tuple[int, int]:
        """Return the id before and a new one, `clock` itself where that is above."""
        before, self.last = self.last, max(self.last + 1, clock)
        return before, self.last
