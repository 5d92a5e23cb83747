"""Continuity of a feed: what is missing, repeated or dropped, message after message.

A row continues the message before it when kind and sequence are the same. The first row of each
delta is held against the book row before it; across a border that waits for `merge`, so that the
state is the same wherever rows were cut, even inside a message.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from karat.digest import digest
from karat.errors import CorruptError, InputError
from karat.states.columns import Column, as_stored, filled, integers
from karat.states.encoding import Int64s, Reader, Writer
from karat.states.feed import Ranges, broken_links, followed
from karat.states.piecewise import piecewise, plain
from karat.states.sequence_state import (
    CARRY,
    DELTA,
    DUPLICATE,
    GAPS_KEPT,
    SNAPSHOT,
    STALE,
    TRADE,
    BookRow,
    SequenceState,
    Tally,
)


@dataclass(frozen=True)
class Sequence:
    """Gaps, overlaps and drops of book messages, gaps and repeats of trade ids.

    Kinds of rows: 0 carry, 1 snapshot, 2 delta, 3 trade, 4 stale (a delta from before the
    snapshot, dropped), 5 duplicate (dropped).
    """

    name: ClassVar[str] = "sequence"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = True

    def key(self) -> str:
        """Return the digest of name and version."""
        return digest("statistic/1", self.name, self.version)

    def empty(self) -> SequenceState:
        """Return the state of no rows."""
        return SequenceState()

    def observe(self, kind: Column, previous_sequence: Column, sequence: Column) -> SequenceState:
        """Return the continuity of rows in the order in which they were folded.

        `previous_sequence` is read of delta rows only. Raises `InputError` for columns of unequal
        length or of floats, an unknown kind, or a null where a number is read.
        """
        columns = kind, previous_sequence, sequence
        if plain(self, *columns) and (known := followed(*map(as_stored, columns))):
            return known
        return self._observed(*columns)

    @piecewise(160)
    def _observed(self, *columns: Column) -> SequenceState:
        if known := followed(*map(as_stored, columns)):
            return known
        kind, previous_sequence, sequence = columns
        kinds, ids = integers(kind, "kind"), integers(sequence, "sequence")
        before = filled(previous_sequence)
        if not kinds.size == ids.size == before.values.size:
            raise InputError("kind, previous_sequence and sequence are not of one length")
        if before.values.dtype.kind != "i" and before.values.size:
            raise InputError("column 'previous_sequence' holds floats: cast it to int64")
        _check(kinds, before.valid)
        is_book, trade = kinds <= DELTA, ids[kinds == TRADE]
        # Only deltas continue something; what another row holds there must not count.
        previous = np.where(kinds == DELTA, before.values, 0).astype(np.int64)
        book = _Rows(kinds[is_book], previous[is_book], ids[is_book])
        tally, gaps = _book_tally(book)
        dropped = Tally(stale=_count(kinds == STALE), duplicates=_count(kinds == DUPLICATE))
        return SequenceState(
            tally.plus(_trade_tally(trade)).plus(dropped),
            gaps,
            book.row(0),
            book.row(-1),
            (int(trade[0]), int(trade[-1])) if trade.size else None,
        )

    def merge(self, a: SequenceState, b: SequenceState) -> SequenceState:
        """Return the state of the rows of `a` followed by those of `b`."""
        tally, gaps = _book_border(a.last, b.first)
        trades = _trade_border(a.trade_ends, b.trade_ends)
        return SequenceState(
            a.tally.plus(b.tally).plus(tally).plus(trades),
            (a.gap_ranges + gaps + b.gap_ranges)[:GAPS_KEPT],
            a.first or b.first,
            b.last or a.last,
            _outer(a.trade_ends, b.trade_ends),
        )

    def encode(self, state: SequenceState) -> bytes:
        """Return the bytes of a state."""
        writer = Writer(self.version).integers(*astuple(state.tally))
        writer.integer(len(state.gap_ranges))
        for ids in state.gap_ranges:
            writer.integers(*ids)
        return writer.optional(state.first).optional(state.last).optional(state.trade_ends).data()

    def decode(self, data: bytes) -> SequenceState:
        """Return the state of these bytes; `CorruptError` when they are none."""
        reader = Reader(data, self.version, self.name)
        tally = Tally(*reader.integers(len(fields(Tally))))
        if not 0 <= (count := reader.integer()) <= GAPS_KEPT:
            raise CorruptError(f"{self.name}: {count} gaps in one state; compute it again")
        gaps = tuple((reader.integer(), reader.integer()) for _ in range(count))
        first, last, ends = reader.optional(3), reader.optional(3), reader.optional(2)
        reader.end()
        return SequenceState(
            tally,
            gaps,
            BookRow(*first) if first else None,
            BookRow(*last) if last else None,
            (ends[0], ends[1]) if ends else None,
        )


class _Rows(NamedTuple):
    """Book rows, three columns of one length."""

    kinds: Int64s
    before: Int64s
    ids: Int64s

    def row(self, at: int) -> BookRow | None:
        if not self.kinds.size:
            return None
        return BookRow(int(self.kinds[at]), int(self.before[at]), int(self.ids[at]))


def _check(kinds: Int64s, valid: NDArray[np.bool_]) -> None:
    unknown = (kinds < CARRY) | (kinds > DUPLICATE)
    if unknown.any():
        at = int(np.argmax(unknown))
        raise InputError(f"row {at} is of kind {kinds[at]}: kinds are 0 to {DUPLICATE}")
    if (missing := (kinds == DELTA) & ~valid).any():
        raise InputError(f"row {int(np.argmax(missing))}: a delta without previous_sequence")


def _book_tally(rows: _Rows) -> tuple[Tally, Ranges]:
    kinds, before, ids = rows
    starts = np.append(True, (kinds[1:] != kinds[:-1]) | (ids[1:] != ids[:-1]))[: kinds.size]
    messages = np.bincount(kinds[starts], minlength=TRADE)
    at = np.flatnonzero(starts & (kinds == DELTA))
    at = at[at > 0]
    last, needed = ids[at - 1], before[at]
    # The first delta after a snapshot contains its id; any other begins where the last one ended.
    contains = (needed <= last) & (last <= ids[at])
    fine = np.where(kinds[at - 1] == SNAPSHOT, contains, needed == last)
    tally, gaps = broken_links(needed[~fine], last[~fine])
    counted = Tally(
        carries=int(messages[CARRY]),
        snapshots=int(messages[SNAPSHOT]),
        deltas=int(messages[DELTA]),
    )
    return counted.plus(tally), gaps


def _book_border(last: BookRow | None, first: BookRow | None) -> tuple[Tally, Ranges]:
    """Return what two neighbouring rows tell together and neither tells alone."""
    if last is None or first is None:
        return Tally(), ()
    both, gaps = _book_tally(_Rows(*np.array([last, first], np.int64).T))
    alone = [_book_tally(_Rows(*np.array([row], np.int64).T))[0] for row in (last, first)]
    return both.plus(alone[0], -1).plus(alone[1], -1), gaps


def _trade_tally(ids: Int64s) -> Tally:
    later, earlier = ids[1:], ids[:-1]
    forward = later > earlier
    skips = forward & (later - 1 > earlier)
    return Tally(trades=ids.size, trade_gaps=_count(skips), trade_repeats=_count(~forward))


def _trade_border(a: tuple[int, int] | None, b: tuple[int, int] | None) -> Tally:
    if a is None or b is None:
        return Tally()
    return _trade_tally(np.array([a[1], b[0]], np.int64)).plus(Tally(trades=2), -1)


def _outer(a: tuple[int, int] | None, b: tuple[int, int] | None) -> tuple[int, int] | None:
    return (a[0], b[1]) if a and b else a or b


def _count(flags: NDArray[np.bool_]) -> int:
    return int(flags.sum())
