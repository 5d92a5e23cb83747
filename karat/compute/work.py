"""How many partitions are worked on at once, and where: here, in threads, or in processes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Never, Protocol, TypeVar

from karat.errors import InputError

A = TypeVar("A")
B = TypeVar("B")

AHEAD = 4
"""So many items for each thread or process may be begun before the result that is waited for."""


class Compute(Protocol):
    """Applies a function to items; results come in the order of the items.

    What keeps these rules is held to them by `karat.compute.testing.ComputeContract`.
    """

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """Yield the results; the first error is raised where its result would come.

        Items are taken as they are needed, so there may be any number of them. Closing the
        iterator, or an error, gives up what is not begun.
        """


@dataclass(frozen=True)
class Serial:
    """One item after the other."""

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """Yield the results, each computed when asked for."""
        return (function(item) for item in items)


@dataclass(frozen=True)
class Threads:
    """`count` items at once: Arrow, numpy and compiled code leave the interpreter free.

    Raises `InputError` when `count` is below 1.
    """

    count: int

    def __post_init__(self) -> None:
        check_count(self.count)

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """Yield the results; items that are not begun are given up after an error."""
        with ThreadPoolExecutor(self.count) as pool:
            waiting: deque[Future[B]] = deque()
            try:
                for job in _jobs(function, items):
                    waiting.append(pool.submit(job))
                    if len(waiting) >= AHEAD * self.count:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                pool.shutdown(wait=True, cancel_futures=True)


def _jobs(function: Callable[[A], B], items: Iterable[A]) -> Iterator[Callable[[], B]]:
    """Yield what is to be done; an error on the way to an item is raised in the item's place."""
    try:
        for item in items:
            yield partial(function, item)
    except Exception as error:  # noqa: BLE001 - raised in its place
        yield partial(_raised, error)


def _raised(error: Exception) -> Never:
    raise error


def check_count(count: int) -> int:
    """Return how many items are worked on at once; `InputError` when that is below 1."""
    if count < 1:
        raise InputError(f"{count} items at once is no work: say 1 or more")
    return count
