"""Orders that rest in a book, and the levels that they make."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from karat.messages.message import Bytes, Ints


class Orders(NamedTuple):
    """Resting orders, the one that came first first: four columns of one length.

    `side` is 1 for a bid and -1 for an ask; `size_lots` is what remains and is never 0.
    """

    order_id: Ints
    side: Bytes
    price_ticks: Ints
    size_lots: Ints

    @property
    def columns(self) -> tuple[bytes, ...]:
        """Return the bytes of each column, as they are hashed."""
        numbers = self.order_id, self.side, self.price_ticks, self.size_lots
        return tuple(column.astype("<i8").tobytes() for column in numbers)


def levels_of(orders: Orders, side: int) -> tuple[Ints, Ints]:
    """Return one side's prices, best last, and the sum of the orders at each.

    >>> one = Orders(*(np.array(c) for c in ([7, 8, 9], [1, 1, -1], [50, 50, 60], [2, 3, 4])))
    >>> [column.tolist() for column in levels_of(one, 1)]
    [[50], [5]]
    """
    own = orders.side == side
    ticks, place = np.unique(orders.price_ticks[own], return_inverse=True)
    lots = np.zeros(len(ticks), np.int64)
    np.add.at(lots, place, orders.size_lots[own])
    order = np.argsort(ticks * side)
    return ticks[order], lots[order]
