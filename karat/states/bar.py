"""One bar: the prices and volume of the trades within one bucket of the clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from karat.states.encoding import Int64s
from karat.states.exact_sums import LARGEST, bound


class Bar(NamedTuple):
    """First, highest, lowest and last price of `rows` rows in one bucket, and their volume."""

    bucket: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    rows: int

    def join(self, other: Bar) -> Bar | None:
        """Return both as one, or None when they are of two buckets."""
        if self.bucket != other.bucket:
            return None
        return Bar(
            self.bucket,
            self.open,
            max(self.high, other.high),
            min(self.low, other.low),
            other.close,
            self.volume + other.volume,
            self.rows + other.rows,
        )


VALUES: Mapping[str, Callable[[Bar], int]] = {
    "range": lambda bar: bar.high - bar.low,
    "change": lambda bar: bar.close - bar.open,
    "volume": lambda bar: bar.volume,
    "rows": lambda bar: bar.rows,
}
"""What may be looked at of a bar, by its name."""


def bars_of(bucket: Int64s, price: Int64s, size: Int64s) -> list[Bar]:
    """Return the bars of rows, one for each stretch of rows of one bucket; none for no rows."""
    if not bucket.size:
        return []
    starts = np.flatnonzero(np.append(True, bucket[1:] != bucket[:-1]))
    last = np.append(starts[1:], bucket.size) - 1
    # Sums that int64 may not hold are made of Python's own integers.
    whole = size if bound(size) * size.size <= LARGEST else size.astype(object)
    columns = (
        bucket[starts],
        price[starts],
        np.maximum.reduceat(price, starts),
        np.minimum.reduceat(price, starts),
        price[last],
        np.add.reduceat(whole, starts),
        last - starts + 1,
    )
    return [Bar(*bar) for bar in zip(*(column.tolist() for column in columns), strict=True)]
