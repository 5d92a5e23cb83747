"""Pieces at both ends of some rows that may go on beyond them: runs, blocks of time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Ends(NamedTuple, Generic[T]):
    """The first and the last piece; no first for no rows, no last when the first is all."""

    first: T | None
    last: T | None


def pieces(ends: Ends[T]) -> list[T]:
    """Return the pieces that are there, in order."""
    return [piece for piece in ends if piece is not None]


def glue(a: Ends[T], b: Ends[T], join: Callable[[T, T], T | None]) -> tuple[Ends[T], list[T]]:
    """Return the ends of the rows of `a` followed by those of `b`, and the pieces now closed.

    `join` gives the one piece that two neighbours are, or None when they are two.
    """
    left, right = pieces(a), pieces(b)
    if not (left and right):
        return (a if left else b), []
    joined = join(left[-1], right[0])
    row = [*left, *right] if joined is None else [*left[:-1], joined, *right[1:]]
    return Ends(row[0], row[-1] if len(row) > 1 else None), row[1:-1]
