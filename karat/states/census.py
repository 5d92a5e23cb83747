"""The paired census: our top of book after each delta against golden quotes of the same interval.

Golden quotes are finer than deltas, so each delta meets the last golden quote with an id not above
its own; quotes between two deltas are not missing. Where golden is coarser, each golden quote
meets our last row instead. The side whose value is older is the suspect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from karat.digest import digest
from karat.errors import InputError
from karat.states import census_state
from karat.states.census_state import OFFENDERS_KEPT, SUSPECTS, CensusState, Offender, Values
from karat.states.columns import Column, integers
from karat.states.encoding import Int64s

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
        own, values = _table(self, "candidate")
        asked = integers(ids, "ids")
        at = np.searchsorted(own, asked, side="right") - 1
        known = at >= 0
        return Quotes(asked[known], *values[:, at[known]])


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
        ids, ours = _table(candidate, "candidate")
        golden_ids, theirs = _table(golden, "golden")
        if self.each == "quote":
            ids, ours = _table(candidate.as_of(golden_ids), "candidate")
        matched = np.searchsorted(golden_ids, ids, side="right") - 1
        rows = np.flatnonzero(matched >= 1)
        matched = matched[rows]
        same = ours[:, rows] == theirs[:, matched]
        wrong = np.flatnonzero(~same.all(axis=0))
        ours_since = _since(ids, ours)[:, rows[wrong]]
        older = ours_since <= _since(golden_ids, theirs)[:, matched[wrong]]
        rebuild_suspect = (older & ~same[:, wrong]).any(axis=0)

        def met(at: int) -> Offender:
            suspect = rebuild_suspect[np.searchsorted(wrong, at)]
            row, quote = rows[at], matched[at]
            return _offender(ids[row], ours[:, row], theirs[:, quote], suspect)

        runs = _runs(wrong, rows.size)
        head, tail, longest = (met(begin) if length else None for begin, length in runs)
        return CensusState(
            deltas=ids.size,
            compared=rows.size,
            equal=_values(same.sum(axis=1)),
            all_equal=rows.size - wrong.size,
            rebuild_suspect=int(rebuild_suspect.sum()),
            golden_suspect=int((~rebuild_suspect).sum()),
            golden_rows=golden_ids.size,
            golden_used=np.unique(matched).size,
            head_run=runs[0][1],
            tail_run=runs[1][1],
            longest_run=runs[2][1],
            offenders=tuple(met(int(at)) for at in wrong[:OFFENDERS_KEPT]),
            head_first=head,
            tail_first=tail,
            longest_first=longest,
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


def _table(quotes: Quotes, side: str) -> tuple[Int64s, Int64s]:
    """Return the ids of quotes and their four fields as rows of one array."""
    names = quotes._fields
    columns = [integers(c, f"{side} {n}") for c, n in zip(quotes, names, strict=True)]
    ids = columns[0]
    if any(column.size != ids.size for column in columns):
        raise InputError(f"{side} quotes: the five columns are not of one length")
    if (falls := ids[1:] < ids[:-1]).any():
        at = int(np.argmax(falls)) + 1
        raise InputError(f"{side} quotes: update id {ids[at]} at row {at} descends: sort by id")
    return ids, np.stack(columns[1:])


def _since(ids: Int64s, values: Int64s) -> Int64s:
    """Return by field and row the id at which the row's value came to be."""
    changed = np.zeros(values.shape, np.int64)
    moved = values[:, 1:] != values[:, :-1]
    changed[:, 1:] = np.where(moved, np.arange(1, ids.size)[: moved.shape[1]], 0)
    since: Int64s = ids[np.maximum.accumulate(changed, axis=1)] if ids.size else changed
    return since


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
