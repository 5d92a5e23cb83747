"""The census of trades: our trades against those of a golden capture, joined on trade id.

A capture begins and ends somewhere: an id before the first or after the last one of either side
is not missing there, only not covered. Inside, a trade that one side lacks makes that side the
suspect; of a trade that differs nobody knows who is right, so it is counted for itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from karat.digest import digest
from karat.errors import InputError
from karat.states import trade_census_state
from karat.states.columns import Column, filled, integers
from karat.states.encoding import Int64s
from karat.states.in_step import cut_in_step, in_step
from karat.states.trade_census_state import (
    OFFENDERS_KEPT,
    TradeCensusState,
    TradeFault,
    TradeOffender,
    TradeValues,
    lowest,
)

Flags = NDArray[np.bool_]
Span = tuple[int, int] | None
"""The first and the last id of a side, None without trades."""


class Trades(NamedTuple):
    """Trades by id: five integer columns of one length, in any order.

    A null in golden is a value that golden does not tell, and is not compared; a null in the
    candidate differs from every value.
    """

    trade_id: Column
    price_ticks: Column
    size_lots: Column
    side: Column
    event_time_ns: Column


@dataclass(frozen=True)
class TradeCensus:
    """Compares every trade of a partition with golden; partitions merge in any order."""

    name: ClassVar[str] = "trade_census"
    version: ClassVar[int] = 1
    ordered: ClassVar[bool] = True
    """Rows of equal id are told apart by their order; states are not."""

    def key(self) -> str:
        """Return the digest of name and version."""
        return digest("statistic/1", self.name, self.version)

    def empty(self) -> TradeCensusState:
        """Return the state of no rows."""
        return TradeCensusState()

    def observe(self, candidate: Trades, golden: Trades) -> TradeCensusState:
        """Return the census of one whole partition; rows of one id meet in the order they have.

        Raises `InputError` for an id that is null or columns of unequal length. Trades that do not
        come by rising id are sorted, which takes memory for all of them.
        """
        with suppress(InputError):  # which whoever sees all rows can tell better
            if pairs := cut_in_step(candidate, golden):
                cut = (
                    (side_of(Trades(*a), "candidate"), side_of(Trades(*b), "golden"))
                    for a, b in pairs
                )
                return self._followed(cut, _span(candidate[0]), _span(golden[0]))
        ours, theirs = side_of(candidate, "candidate"), side_of(golden, "golden")
        return self.piece(ours, theirs, ours.span, theirs.span)

    def piece(self, ours: Side, theirs: Side, span: Span, golden_span: Span) -> TradeCensusState:
        """Return the census of all trades with ids in some range; the spans are those of wholes.

        The pieces of a partition merge to what the whole gives.
        """
        cut = in_step(ours.ids, theirs.ids)
        pairs = ((ours.rows(a), theirs.rows(b)) for a, b in cut)
        return self._followed(pairs, span, golden_span)

    def _followed(
        self, pieces: Iterable[tuple[Side, Side]], span: Span, golden_span: Span
    ) -> TradeCensusState:
        """Return the census of pieces by rising id; of each fault the first rows are offenders."""
        state = self.empty()
        for ours, theirs in pieces:
            known = Counter(offender.fault for offender in state.offenders)
            found = self._piece(ours.within(golden_span), theirs.within(span), known)
            found = replace(found, trades=ours.ids.size, golden_trades=theirs.ids.size)
            state = self.merge(state, found)
        return state

    def _piece(self, a: Side, b: Side, known: Counter[TradeFault]) -> TradeCensusState:
        """Return the census of what both sides cover; of offenders some are `known` before."""
        met, place = _meet(a, b)
        left, right = a.rows(met), b.rows(place[met])
        differ = right.valid & (~left.valid | (left.values != right.values))
        wrong = np.flatnonzero(differ.any(axis=0))
        alone = ~np.isin(np.arange(b.ids.size), place[met])
        extra = _split(a.rows(~met), b.ids, "rebuild_repeats", "golden_missing")
        lost = _split(b.rows(alone), a.ids, "golden_repeats", "rebuild_missing")
        counts = {fault: rows.ids.size for fault, rows in (extra | lost).items()}
        price, size, side, time = differ.sum(axis=1).tolist()
        offenders = [
            *_offenders("differs", known, left.rows(wrong), right.rows(wrong)),
            *(o for fault, rows in extra.items() for o in _offenders(fault, known, rows, None)),
            *(o for fault, rows in lost.items() for o in _offenders(fault, known, None, rows)),
        ]
        return TradeCensusState(
            covered=a.ids.size,
            matched=left.ids.size,
            equal=left.ids.size - wrong.size,
            rebuild_missing=counts["rebuild_missing"],
            rebuild_repeats=counts["rebuild_repeats"],
            golden_missing=counts["golden_missing"],
            golden_repeats=counts["golden_repeats"],
            differing=(price, size, side, time),
            offenders=lowest(offenders),
        )

    def merge(self, a: TradeCensusState, b: TradeCensusState) -> TradeCensusState:
        """Return the census of the partitions of `a` and of `b`."""
        return trade_census_state.join(a, b)

    def encode(self, state: TradeCensusState) -> bytes:
        """Return the bytes of a state."""
        return trade_census_state.encode(state, self.version)

    def decode(self, data: bytes) -> TradeCensusState:
        """Return the state of these bytes; `CorruptError` when they are none."""
        return trade_census_state.decode(data, self.version, self.name)


class Side(NamedTuple):
    """Trades by rising id; `values` and `valid` have one row a field."""

    ids: Int64s
    values: Int64s
    valid: Flags

    @property
    def span(self) -> Span:
        """Return the first and the last id; None without trades."""
        return (int(self.ids[0]), int(self.ids[-1])) if self.ids.size else None

    def rows(self, chosen: Flags | Int64s | slice) -> Side:
        """Return some of the trades."""
        return Side(self.ids[chosen], self.values[:, chosen], self.valid[:, chosen])

    def within(self, span: Span) -> Side:
        """Return the trades with an id in `span`, of which both ends are part."""
        first, last = span or (1, 0)
        return self.rows((self.ids >= first) & (self.ids <= last))

    def before(self, bound: int) -> Side:
        """Return the trades with an id below `bound`."""
        return self.rows(slice(0, int(np.searchsorted(self.ids, bound))))

    def beyond(self, count: int) -> Side:
        """Return the trades but for the first `count`."""
        return self.rows(slice(count, None))

    def then(self, other: Side) -> Side:
        """Return these trades followed by others."""
        ids = np.concatenate([self.ids, other.ids])
        values = np.concatenate([self.values, other.values], axis=1)
        return Side(ids, values, np.concatenate([self.valid, other.valid], axis=1))


NO_TRADES = Side(np.empty(0, np.int64), np.empty((4, 0), np.int64), np.empty((4, 0), bool))


def _span(ids: Column) -> Span:
    if not len(ids):
        return None
    first, last = (integers(ids[at : at + 1], "trade_id") for at in (0, len(ids) - 1))
    return int(first[0]), int(last[0])


def side_of(trades: Trades, name: str) -> Side:
    """Return trades by rising id; `InputError` as `TradeCensus.observe`."""
    ids = integers(trades.trade_id, f"{name} trade_id")
    fields = [filled(column) for column in trades[1:]]
    if any(field.values.size != ids.size for field in fields):
        raise InputError(f"{name} trades: the five columns are not of one length")
    if any(field.values.dtype.kind == "f" and ids.size for field in fields):
        raise InputError(f"{name} trades: a column holds floats: cast it to int64")
    values = np.stack([field.values for field in fields]).astype(np.int64, copy=False)
    order = np.argsort(ids, kind="stable")
    return Side(ids, values, np.stack([field.valid for field in fields])).rows(order)


def _meet(a: Side, b: Side) -> tuple[Flags, Int64s]:
    """Return which rows of `a` have a partner in `b`, and the partner's row where they have.

    The second row of an id meets the second one, and so on.
    """
    again = np.arange(a.ids.size) - np.searchsorted(a.ids, a.ids)
    place = np.searchsorted(b.ids, a.ids) + again
    return place < np.searchsorted(b.ids, a.ids, side="right"), place


def _split(
    rows: Side, known: Int64s, repeated: TradeFault, missing: TradeFault
) -> dict[TradeFault, Side]:
    """Return rows without a partner, told apart by whether the other side has their id at all."""
    there = np.isin(rows.ids, known)
    return {repeated: rows.rows(there), missing: rows.rows(~there)}


def _offenders(
    fault: TradeFault, known: Counter[TradeFault], a: Side | None, b: Side | None
) -> Iterator[TradeOffender]:
    """Yield the first offenders of one fault: rows of one side, or of both beside each other."""
    ids = next(side.ids for side in (a, b) if side is not None)
    for at, trade_id in enumerate(ids[: OFFENDERS_KEPT - known[fault]].tolist()):
        ours, theirs = (None if side is None else _values(side, at) for side in (a, b))
        yield TradeOffender(trade_id, fault, ours, theirs)


def _values(side: Side, at: int) -> TradeValues:
    pairs = zip(side.values[:, at].tolist(), side.valid[:, at].tolist(), strict=True)
    price, size, which, time = (value if valid else None for value, valid in pairs)
    return price, size, which, time
