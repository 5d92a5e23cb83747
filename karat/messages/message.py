"""Parsed messages in the order they were received, as columns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]

NO_TIME = np.iinfo(np.int64).min
"""Where a message carries no exchange clock."""


class Messages(NamedTuple):
    """`n` messages and their levels; every array of the first group has `n` entries.

    `kind` is a `Kind` (SNAPSHOT, DELTA or TRADE), `row` the 1-based row of the capture. Message
    ``i`` owns levels ``start[i]`` to ``start[i + 1]`` of the second group: `side` (1 bid, -1 ask;
    a trade's aggressor, 0 where the venue does not tell), `price_ticks`, `size_lots` (0 removes the
    level). `further` holds a venue's own columns of the rebuilt table, one row a message.
    """

    kind: Bytes
    row: Ints
    receive_time_ns: Ints
    event_time_ns: Ints
    first_id: Ints
    last_id: Ints
    previous_id: Ints
    start: Ints  # n + 1 entries
    side: Bytes
    price_ticks: Ints
    size_lots: Ints
    further: pa.Table | None = None

    @property
    def length(self) -> int:
        """Return the number of messages."""
        return len(self.kind)


class Quotes(NamedTuple):
    """Best bid and ask by update id, five equally long int64 columns; an empty side is 0, 0."""

    update_id: Ints
    bid_ticks: Ints
    bid_lots: Ints
    ask_ticks: Ints
    ask_lots: Ints


def concatenate(parts: list[Messages]) -> Messages:
    """Return the messages of all `parts`, at least one, in order."""
    if len(parts) == 1:
        return parts[0]
    shifts = np.cumsum([0] + [len(part.side) for part in parts])
    starts = [part.start[:-1] + shift for part, shift in zip(parts, shifts, strict=False)]
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in Messages._fields
        if name not in {"start", "further"}
    }
    tables = [part.further for part in parts if part.further is not None]
    further = pa.concat_tables(tables) if tables else None
    return Messages(start=np.concatenate([*starts, shifts[-1:]]), further=further, **columns)
