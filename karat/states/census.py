"""The paired census: our top of book after each delta against golden quotes of the same interval.

Golden quotes are finer than deltas, so each delta meets the last golden quote with an id not above
its own; quotes between two deltas are not missing. Where golden is coarser, each golden quote
meets our last row instead. The side whose value is older is the suspect.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from karat.digest import digest
from karat.errors import InputError
from karat.states import census_state
from karat.states.census_past import Past, Side
from karat.states.census_state import OFFENDERS_KEPT, SUSPECTS, CensusState, Offender, Values
from karat.states.columns import Column, integers
from karat.states.encoding import Int64s
from karat.states.in_step import ascends, cut_in_step, in_step

Each = Literal["row", "quote"]
Run = tuple[int, int]
"""Where a run of rows begins, and its length."""


class Quotes(NamedTuple):
    """Best bid and ask by update id: five integer columns of one length.

    Prices in ticks, sizes in lots; a side without orders is 0 ticks, 0 lots.
    """

    update_id: Column
    bid_ticks: Column
    bid_lots: Column
    ask_ticks: Column
    ask_lots: Column

    def as_of(self, ids: Column) -> Quotes:
        """Return the quotes that stood at each of `ids`: the last one with an id not above it.

        Ids before the first quote have none and are left out. Raises `InputError` for ids that
        descend or nulls.
        """
        own, *fields = _columns(self, "candidate")
        asked = integers(ids, "ids")
        at = np.searchsorted(own, asked, side="right") - 1
        known = at >= 0
        return Quotes(asked[known], *(field[at[known]] for field in fields))


@dataclass(frozen=True)
class PairedCensus:
    """Compares the deltas of a partition with golden quotes; partitions merge in order.

    `each` says what is compared once: each ``row`` of ours with the last golden quote before it,
    where golden is finer than our deltas; or each golden ``quote`` with the last row of ours
    before it, where golden is a snapshot now and then. Ids need only be of one space: update ids,
    or times of receipt.
    """

    each: Each = "row"
    name: ClassVar[str] = "paired_census"
    version: ClassVar[int] = 2
    ordered: ClassVar[bool] = True

    def key(self) -> str:
        """Return the digest of name and version, and of `each` where it is not ``row``."""
        return digest("statistic/1", self.name, self.version, *[self.each] * (self.each != "row"))

    def empty(self) -> CensusState:
        """Return the state of no rows."""
        return CensusState()

    def observe(self, candidate: Quotes, golden: Quotes) -> CensusState:
        """Return the census of one whole partition.

        `candidate` is our top of book after each delta, update ids ascending; `golden` the quotes
        of the same interval, ids ascending. Deltas before the second golden quote are not
        compared, because the first one only opens the capture. Raises `InputError` for ids that
        descend, nulls, or columns of unequal length.
        """
        with suppress(InputError):  # which whoever sees all rows can tell better
            if self.each == "row" and (pairs := cut_in_step(candidate, golden)):
                cut = (sides(Quotes(*ours), Quotes(*theirs)) for ours, theirs in pairs)
                return self._followed(Past(), cut)[0]
        ours, theirs = sides(candidate, golden)
        if self.each == "quote":
            ours = _table(candidate.as_of(theirs.ids), "candidate")
        return self.piece(Past(), ours, theirs)[0]

    def piece(self, past: Past, ours: Side, theirs: Side) -> tuple[CensusState, Past]:
        """Return the census of the next piece of a partition, and what the one after it must know.

        A piece holds all quotes of both sides with ids in some range, beyond those before it;
        pieces merge to what the whole gives, if `each` is ``row``.
        """
        cut = in_step(ours.ids, theirs.ids)
        return self._followed(past, ((ours.rows(a), theirs.rows(b)) for a, b in cut))

    def _followed(
        self, past: Past, pieces: Iterable[tuple[Side, Side]]
    ) -> tuple[CensusState, Past]:
        """Return the census of pieces that follow each other, and what comes after must know."""
        state = self.empty()
        for ours, theirs in pieces:
            found, past = self._piece(past, ours, theirs)
            state = self.merge(state, found)
        return state, past

    def _piece(self, past: Past, ours: Side, theirs: Side) -> tuple[CensusState, Past]:
        candidate, ours_since = past.ours.with_since(ours)
        golden, golden_since = past.golden.with_since(theirs)
        begun, known = candidate.ids.size - ours.ids.size, golden.ids.size - theirs.ids.size
        number = past.quotes - known  # of the first quote in `golden`, counted from 0
        matched = np.searchsorted(golden.ids, ours.ids, side="right") - 1
        rows = np.flatnonzero((matched >= 0) & (matched + number >= 1))
        matched, rows = matched[rows], rows + begun
        same = candidate.values[:, rows] == golden.values[:, matched]
        wrong = np.flatnonzero(~same.all(axis=0))
        older = ours_since[:, rows[wrong]] <= golden_since[:, matched[wrong]]
        rebuild_suspect = (older & ~same[:, wrong]).any(axis=0)

        def met(at: int) -> Offender:
            suspect = rebuild_suspect[np.searchsorted(wrong, at)]
            row, quote = rows[at], matched[at]
            values = candidate.values[:, row], golden.values[:, quote]
            return _offender(candidate.ids[row], *values, suspect)

        runs = _runs(wrong, rows.size)
        head, tail, longest = (met(begin) if length else None for begin, length in runs)
        used = np.unique(matched)
        twice = past.used and known == 1 and used.size > 0 and used[0] == 0
        state = CensusState(
            deltas=ours.ids.size,
            compared=rows.size,
            equal=_values(same.sum(axis=1)),
            all_equal=rows.size - wrong.size,
            rebuild_suspect=int(rebuild_suspect.sum()),
            golden_suspect=int((~rebuild_suspect).sum()),
            golden_rows=theirs.ids.size,
            golden_used=used.size - int(twice),
            head_run=runs[0][1],
            tail_run=runs[1][1],
            longest_run=runs[2][1],
            offenders=tuple(met(int(at)) for at in wrong[:OFFENDERS_KEPT]),
            head_first=head,
            tail_first=tail,
            longest_first=longest,
        )
        last_used = used.size > 0 and int(used[-1]) == golden.ids.size - 1
        return state, Past(
            past.ours.after(candidate, ours_since),
            past.golden.after(golden, golden_since),
            past.quotes + theirs.ids.size,
            bool(last_used or (past.used and not theirs.ids.size)),
        )

    def merge(self, a: CensusState, b: CensusState) -> CensusState:
        """Return the census of the partitions of `a` followed by those of `b`."""
        return census_state.join(a, b)

    def encode(self, state: CensusState) -> bytes:
        """Return the bytes of a state."""
        return census_state.encode(state, self.version)

    def decode(self, data: bytes) -> CensusState:
        """Return the state of these bytes; `CorruptError` when they are none."""
        return census_state.decode(data, self.version, self.name)


def sides(candidate: Quotes, golden: Quotes) -> tuple[Side, Side]:
    """Return both sides as arrays; `InputError` as `PairedCensus.observe`."""
    return _table(candidate, "candidate"), _table(golden, "golden")


def side_of(quotes: Quotes) -> Side:
    """Return some quotes of one side as arrays; `InputError` as `PairedCensus.observe`."""
    return _table(quotes, "some")


def _table(quotes: Quotes, side: str) -> Side:
    """Return the ids of quotes and their four fields as rows of one array."""
    ids, *fields = _columns(quotes, side)
    return Side(ids, np.stack(fields))


def _columns(quotes: Quotes, side: str) -> list[Int64s]:
    names = quotes._fields
    columns = [integers(c, f"{side} {n}") for c, n in zip(quotes, names, strict=True)]
    ids = columns[0]
    if any(column.size != ids.size for column in columns):
        raise InputError(f"{side} quotes: the five columns are not of one length")
    if not ascends(ids):
        at = int(np.argmax(ids[1:] < ids[:-1])) + 1
        raise InputError(f"{side} quotes: update id {ids[at]} at row {at} descends: sort by id")
    return columns


def _runs(wrong: Int64s, compared: int) -> list[Run]:
    """Return the first, the last and the longest run of rows in `wrong`."""
    right = np.setdiff1d(np.arange(compared), wrong, assume_unique=True)
    borders = np.concatenate(([-1], right, [compared]))
    lengths = np.diff(borders) - 1
    chosen = (0, len(lengths) - 1, int(lengths.argmax()))
    return [(int(borders[at]) + 1, int(lengths[at])) for at in chosen]


def _offender(update_id: np.int64, ours: Int64s, theirs: Int64s, rebuild: np.bool_) -> Offender:
    suspect = SUSPECTS[0] if rebuild else SUSPECTS[1]
    return Offender(int(update_id), _values(ours), _values(theirs), suspect)


def _values(four: Int64s) -> Values:
    bid_ticks, bid_lots, ask_ticks, ask_lots = four.tolist()
    return bid_ticks, bid_lots, ask_ticks, ask_lots
