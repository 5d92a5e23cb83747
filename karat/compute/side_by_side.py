"""Two sorted files read side by side: what both have up to some id, then what waits for more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar

import pyarrow as pa

from karat.compute.file_rows import FileRows
from karat.errors import InputError

PIECE = 1 << 19
LAST = 2**63 - 1


class Rows(Protocol):
    """Some rows of a side, by rising id."""

    @property
    def ids(self) -> Any:
        """Return their ids."""

    def before(self, bound: int) -> Self:
        """Return those with an id below `bound`."""

    def beyond(self, count: int) -> Self:
        """Return all but the first `count`."""

    def then(self, other: Self) -> Self:
        """Return these rows followed by others."""


R = TypeVar("R", bound=Rows)


@dataclass(frozen=True, slots=True)
class Source(Generic[R]):
    """One side: its file, the columns to be read, and what makes rows of some of the table."""

    file: FileRows
    columns: list[str]
    rows: Callable[[pa.Table], R]

    def pieces(self, read: Callable[[int, int], pa.Table]) -> Iterator[R]:
        """Yield the rows of the file, piece by piece; `read` gives stretches of it."""
        for at in range(0, self.file.count, PIECE):
            yield self.rows(read(at, min(at + PIECE, self.file.count)))


@dataclass
class Waiting(Generic[R]):
    """Rows of one side that were read and not yet taken; `first` and `reach` are ids read."""

    pieces: Iterator[R]
    held: R
    first: int | None = None
    reach: int = -LAST
    last: int = LAST

    @property
    def done(self) -> bool:
        """Return whether all was read: then `last` is the last id."""
        return self.reach == LAST

    def read_on(self) -> None:
        """Read the next piece; at the end, nothing is in the way of the other side.

        Raises InputError where ids descend from one piece to the next.
        """
        piece = next(self.pieces, None)
        if piece is None:
            self.last, self.reach = self.reach, LAST
        elif piece.ids.size:
            if piece.ids[0] < self.reach:
                raise InputError("ids descend from one piece to the next")
            self.held, self.reach = self.held.then(piece), int(piece.ids[-1])
            self.first = int(piece.ids[0]) if self.first is None else self.first

    def take(self, bound: int) -> R:
        """Return, and let go of, what has an id below `bound`; of `LAST`, everything."""
        taken = self.held if bound == LAST else self.held.before(bound)
        self.held = self.held.beyond(taken.ids.size)
        return taken


def in_step(ours: Waiting[R], theirs: Waiting[R]) -> Iterator[tuple[R, R]]:
    """Yield what both have of the same ids, from the lowest on, all of an id at once."""
    while not (ours.done and theirs.done):
        min(ours, theirs, key=lambda side: side.reach).read_on()
        bound = min(ours.reach, theirs.reach)
        yield ours.take(bound), theirs.take(bound)
