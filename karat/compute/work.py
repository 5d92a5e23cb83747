"""How many partitions are worked on at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

from karat.errors import InputError

A = TypeVar("A")
B = TypeVar("B")


class Compute(Protocol):
    """Applies a function to items; results come in the order of the items."""

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """Yield the results; the first error is raised where its result would come."""


@dataclass(frozen=True)
class Serial:
    """One item after the other."""

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """Yield the results, each computed when asked for."""
        return map(function, items)


@dataclass(frozen=True)
class Threads:
    """`count` items at once: Arrow, numpy and compiled code leave the interpreter free.

    Raises `InputError` when `count` is below 1.
    """

    count: int

    def __post_init__(self) -> None:
        if self.count < 1:
            raise InputError(f"{self.count} items at once is no work: say 1 or more")

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """Yield the results; items that are not begun are given up after an error."""
        with ThreadPoolExecutor(self.count) as pool:
            futures = [pool.submit(function, item) for item in items]
            try:
                for future in futures:
                    yield future.result()
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
