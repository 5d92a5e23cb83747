"""Work ahead: the next item is made in another thread while this one is used."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any, TypeVar

Item = TypeVar("Item")


def ahead(items: Generator[Item, None, None]) -> Generator[Item, None, None]:
    """Yield `items` in order, one made ahead; errors come where the item would have come.

    One thread makes them, one at a time, so the result is that of the plain loop. Closing this
    generator waits for the item under way and closes `items`.

    >>> list(ahead(n * n for n in range(4)))
    [0, 1, 4, 9]
    """
    end: Any = object()
    turn = Lock()
    try:
        with ThreadPoolExecutor(1, "ahead") as pool:
            following = pool.submit(_next, items, end, turn)
            while (item := following.result()) is not end:
                following = pool.submit(_next, items, end, turn)
                yield item
    finally:
        with turn:  # an interrupt inside `submit` leaves a thread that the pool does not wait for
            items.close()


def _next(items: Iterator[Item], end: Any, turn: Lock) -> Any:
    with turn:
        return next(items, end)
