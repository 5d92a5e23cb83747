"""Work ahead: in other threads items are made, in order, while those before are used."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, TypeVar

from karat.errors import InputError

Item = TypeVar("Item")
Given = TypeVar("Given")
Made = TypeVar("Made")


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


def each_ahead(
    function: Callable[[Given], Made], items: Iterable[Given], threads: int
) -> Generator[Made, None, None]:
    """Yield the results in the order of the items, at most `threads` of them waiting.

    With one thread each is computed when asked for. The first error is raised where its result
    would come; what is not begun then is given up. Raises InputError when `threads` is below 1.

    >>> list(each_ahead(str, range(5), 2))
    ['0', '1', '2', '3', '4']
    """
    if threads < 1:
        raise InputError(f"{threads} threads do no work: say 1 or more")
    if threads == 1:
        yield from map(function, items)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Made]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) >= threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _next(items: Iterator[Item], end: Any, turn: Lock) -> Any:
    with turn:
        return next(items, end)
