"""The census of trades: our trades against those of a golden capture, joined on trade id.

A capture begins and ends somewhere: an id before the first or after the last one of either side
is not missing there, only not covered. Inside, a trade that one side lacks makes that side the
suspect; of a trade that differs nobody knows who is right, so it is counted for itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from karat.digest import digest
from karat.errors import InputError
from karat.states import trade_census_state
from karat.states.columns import Column, filled, integers
from karat.states.encoding import Int64s
from karat.states.trade_census_state import (
    OFFENDERS_KEPT,
    TradeCensusState,
    TradeFault,
    TradeOffender,
    TradeValues,
    lowest,
)

Flags = NDArray[np.bool_]


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

        Raises `InputError` for an id that is null or columns of unequal length.
        """
        ours, theirs = _side(candidate, "candidate"), _side(golden, "golden")
        a, b = _covered(ours, theirs), _covered(theirs, ours)
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
            *_offenders("differs", left.rows(wrong), right.rows(wrong)),
            *(o for fault, rows in extra.items() for o in _offenders(fault, rows, None)),
            *(o for fault, rows in lost.items() for o in _offenders(fault, None, rows)),
        ]
        return TradeCensusState(
            trades=ours.ids.size,
            golden_trades=theirs.ids.size,
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


class _Side(NamedTuple):
    """Trades by rising id; `values` and `valid` have one row a field."""

    ids: Int64s
    values: Int64s
    valid: Flags

    def rows(self, chosen: Flags | Int64s) -> _Side:
        return _Side(self.ids[chosen], self.values[:, chosen], self.valid[:, chosen])


def _side(trades: Trades, name: str) -> _Side:
    ids = integers(trades.trade_id, f"{name} trade_id")
    fields = [filled(column) for column in trades[1:]]
    if any(field.values.size != ids.size for field in fields):
        raise InputError(f"{name} trades: the five columns are not of one length")
    if any(field.values.dtype.kind == "f" and ids.size for field in fields):
        raise InputError(f"{name} trades: a column holds floats: cast it to int64")
    values = np.stack([field.values for field in fields]).astype(np.int64, copy=False)
    order = np.argsort(ids, kind="stable")
    return _Side(ids, values, np.stack([field.valid for field in fields])).rows(order)


def _covered(side: _Side, other: _Side) -> _Side:
    """Return the rows of `side` whose ids lie in the range of ids of the other one."""
    if not other.ids.size:
        return side.rows(np.zeros(side.ids.size, bool))
    return side.rows((side.ids >= other.ids[0]) & (side.ids <= other.ids[-1]))


def _meet(a: _Side, b: _Side) -> tuple[Flags, Int64s]:
    """Return which rows of `a` have a partner in `b`, and the partner's row where they have.

    The second row of an id meets the second one, and so on.
    """
    again = np.arange(a.ids.size) - np.searchsorted(a.ids, a.ids)
    place = np.searchsorted(b.ids, a.ids) + again
    return place < np.searchsorted(b.ids, a.ids, side="right"), place


def _split(
    rows: _Side, known: Int64s, repeated: TradeFault, missing: TradeFault
) -> dict[TradeFault, _Side]:
    """Return rows without a partner, told apart by whether the other side has their id at all."""
    there = np.isin(rows.ids, known)
    return {repeated: rows.rows(there), missing: rows.rows(~there)}


def _offenders(fault: TradeFault, a: _Side | None, b: _Side | None) -> Iterator[TradeOffender]:
    """Yield the first offenders of one fault: rows of one side, or of both beside each other."""
    ids = next(side.ids for side in (a, b) if side is not None)
    for at, trade_id in enumerate(ids[:OFFENDERS_KEPT].tolist()):
        ours, theirs = (None if side is None else _values(side, at) for side in (a, b))
        yield TradeOffender(trade_id, fault, ours, theirs)


def _values(side: _Side, at: int) -> TradeValues:
    pairs = zip(side.values[:, at].tolist(), side.valid[:, at].tolist(), strict=True)
    price, size, which, time = (value if valid else None for value, valid in pairs)
    return price, size, which, time
