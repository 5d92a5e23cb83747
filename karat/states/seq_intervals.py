"""Which ids some messages cover together, in whatever order they came."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from karat.digest import digest
from karat.errors import CorruptError, InputError
from karat.states.columns import Column, integers
from karat.states.encoding import Int64s, Reader, Writer
from karat.states.exact_sums import power_sum
from karat.states.piecewise import piecewise


@dataclass(frozen=True)
class SeqIntervalsState:
    """The union of the ids of `messages`, and how many ids they state, repeats counted again.

    `edges` ascend: the union is (edges[0], edges[1]], (edges[2], edges[3]], and so on, no two of
    which touch.
    """

    messages: int = 0
    stated: int = 0
    edges: tuple[int, ...] = ()

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """First and last id of each stretch without a gap; one for a day without gap."""
        return [(a + 1, b) for a, b in zip(self.edges[::2], self.edges[1::2], strict=True)]

    @property
    def gaps(self) -> list[tuple[int, int]]:
        """First and last missing id between each two ranges."""
        return [(a[1] + 1, b[0] - 1) for a, b in pairwise(self.ranges)]

    @property
    def duplicates(self) -> int:
        """How many ids were stated once more after the first time."""
        return self.stated - sum(b - a + 1 for a, b in self.ranges)


@dataclass(frozen=True)
class SeqIntervals:
    """The ids that messages cover: each row is one message of the ids in (before, last].

    `before` is the id before the first: ``pu`` of a futures feed, ``U - 1`` of a spot feed.

    >>> SeqIntervals().observe(np.array([5, 1, 8]), np.array([8, 5, 9])).ranges
    [(2, 9)]
    """

    name: ClassVar[str] = "seq_intervals"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = False

    def key(self) -> str:
        """Return the digest of name and version."""
        return digest("statistic/1", self.name, self.version)

    def empty(self) -> SeqIntervalsState:
        """Return the state of no rows."""
        return SeqIntervalsState()

    @piecewise(48)
    def observe(self, before: Column, last: Column) -> SeqIntervalsState:
        """Return the ids of these messages; one with equal ends has none.

        Raises `InputError` for nulls, floats, columns of unequal length, or a row that ends before
        it begins.
        """
        starts, ends = integers(before, "before"), integers(last, "last")
        if starts.size != ends.size:
            raise InputError(f"{starts.size} ids before for {ends.size} last ids")
        if (wrong := ends < starts).any():
            at = int(np.argmax(wrong))
            raise InputError(f"row {at}: ids ({starts[at]}, {ends[at]}] end before they begin")
        stated = power_sum(ends, 1) - power_sum(starts, 1)
        return SeqIntervalsState(starts.size, stated, _union(starts, ends))

    def merge(self, a: SeqIntervalsState, b: SeqIntervalsState) -> SeqIntervalsState:
        """Return the state of the messages of both."""
        edges = np.array(a.edges + b.edges, np.int64)
        union = _union(edges[::2], edges[1::2])
        return SeqIntervalsState(a.messages + b.messages, a.stated + b.stated, union)

    def encode(self, state: SeqIntervalsState) -> bytes:
        """Return the bytes of a state."""
        writer = Writer(self.version).integers(state.messages, state.stated)
        return writer.array(np.array(state.edges, np.int64), ascending=True).data()

    def decode(self, data: bytes) -> SeqIntervalsState:
        """Return the state of these bytes; `CorruptError` when they are none."""
        reader = Reader(data, self.version, self.name)
        messages, stated = reader.integers(2)
        edges = reader.array(ascending=True)
        reader.end()
        rises = (edges[1:] > edges[:-1]).all()
        covered = power_sum(edges[1::2], 1) - power_sum(edges[::2], 1) if rises else 0
        if not rises or edges.size % 2 or messages * 2 < edges.size or stated < covered:
            raise CorruptError(f"{self.name}: these are no ranges; compute it again")
        return SeqIntervalsState(messages, stated, tuple(edges.tolist()))


def _union(starts: Int64s, ends: Int64s) -> tuple[int, ...]:
    some = ends > starts
    order = np.argsort(starts[some], kind="stable")
    starts, ends = starts[some][order], np.maximum.accumulate(ends[some][order])
    # A range begins where no earlier one reaches, and the one before it ends just there.
    opens = np.flatnonzero(np.append(True, starts[1:] > ends[:-1])[: starts.size])
    last = np.append(opens[1:], starts.size)[: opens.size] - 1
    return tuple(np.stack([starts[opens], ends[last]], 1).reshape(-1).tolist())
