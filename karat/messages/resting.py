"""An order book followed order by order: who rests where, and who has rested longest at the best.

A level is a dictionary, because that keeps its orders in the order they came in; the best price
of a side is the top of a heap of all prices that were ever used, emptied ones taken off when they
come to the top.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from karat.messages.orders import Orders

SIDES = (1, -1)


class Change(NamedTuple):
    """A level as it stands after an order changed it."""

    side: int
    price_ticks: int
    size_lots: int


@dataclass
class RestingOrders:
    """Orders by id, and by side and price; the sum of each level is kept beside."""

    _places: dict[int, tuple[int, int]] = field(default_factory=dict)
    _levels: dict[tuple[int, int], dict[int, int]] = field(default_factory=dict)
    _sums: dict[tuple[int, int], int] = field(default_factory=dict)
    _heaps: dict[int, list[int]] = field(default_factory=lambda: {side: [] for side in SIDES})

    @classmethod
    def of(cls, orders: Orders | None) -> RestingOrders:
        """Return the book that `orders` make; None stands for an empty one."""
        book = cls()
        if orders is not None:
            for one in zip(*(column.tolist() for column in orders), strict=True):
                book.put(*one)
        return book

    def put(self, order_id: int, side: int, price_ticks: int, size_lots: int) -> list[Change]:
        """Let an order rest with what remains of it; return the levels that changed.

        An order that rests already keeps its turn at the same price, and loses it at another.
        Nothing remaining takes it out.
        """
        place = (side, price_ticks)
        before = self._places.get(order_id)
        moved = [] if before in {None, place} else self.take(order_id)
        if not size_lots:
            return moved + (self.take(order_id) if order_id in self._places else [])
        level = self._levels.setdefault(place, {})
        if not level:
            heapq.heappush(self._heaps[side], -side * price_ticks)
        self._sums[place] = self._sums.get(place, 0) - level.get(order_id, 0) + size_lots
        level[order_id] = size_lots
        self._places[order_id] = place
        return [*moved, Change(*place, self._sums[place])]

    def take(self, order_id: int) -> list[Change]:
        """Take an order out; return the level that changed, none for an order not here."""
        place = self._places.pop(order_id, None)
        if place is None:
            return []
        level = self._levels[place]
        self._sums[place] -= level.pop(order_id)
        if not level:
            del self._levels[place]
        return [Change(*place, self._sums[place])]

    def first_at_best(self, side: int) -> int | None:
        """Return the order that has rested longest at the best price; None for an empty side."""
        heap = self._heaps[side]
        while heap and (side, -side * heap[0]) not in self._levels:
            heapq.heappop(heap)
        return next(iter(self._levels[side, -side * heap[0]])) if heap else None

    def orders(self) -> Orders:
        """Return all orders, those of a level in their turn."""
        rows = [
            (order_id, side, ticks, lots)
            for (side, ticks), level in self._levels.items()
            for order_id, lots in level.items()
        ]
        order_ids, sides, ticks, lots = np.array(rows, np.int64).reshape(-1, 4).T.copy()
        return Orders(order_ids, sides.astype(np.int8), ticks, lots)
