"""The state of a feed's continuity: a tally, the first gaps, and the rows at both ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Self

CARRY, SNAPSHOT, DELTA, TRADE, STALE, DUPLICATE = range(6)
GAPS_KEPT = 20


@dataclass(frozen=True)
class Tally:
    """Numbers that add: messages by kind, and what is wrong with them.

    `missing` is the number of ids in all gaps. An overlap is a delta that begins before the last
    one ended, or does not contain the id of the snapshot before it. `trade_gaps` are steps of more
    than 1 between trade ids, `trade_repeats` steps of 0 or back. `stale` and `duplicates` are rows.
    """

    carries: int = 0
    snapshots: int = 0
    deltas: int = 0
    trades: int = 0
    gaps: int = 0
    missing: int = 0
    overlaps: int = 0
    trade_gaps: int = 0
    trade_repeats: int = 0
    stale: int = 0
    duplicates: int = 0

    def plus(self, other: Tally, times: int = 1) -> Self:
        """Return the sum with `times` the other."""
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return type(self)(*[mine + times * theirs for mine, theirs in pairs])


class BookRow(NamedTuple):
    """A row that made or changed the book; `previous` is the id its delta continues from."""

    kind: int
    previous: int
    sequence: int


@dataclass(frozen=True)
class SequenceState:
    """Continuity of some rows.

    `gap_ranges` holds the first and the last missing id of each of the first 20 gaps. `first`
    and `last` are the outermost book rows, `trade_ends` the outermost trade ids; None without any.
    """

    tally: Tally = Tally()
    gap_ranges: tuple[tuple[int, int], ...] = ()
    first: BookRow | None = None
    last: BookRow | None = None
    trade_ends: tuple[int, int] | None = None
