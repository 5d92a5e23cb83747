"""The state of a census of trades, its offenders, and how it is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Literal, NamedTuple

from karat.errors import CorruptError
from karat.states.encoding import Reader, Writer

TRADE_FIELDS = ("price_ticks", "size_lots", "side", "event_time_ns")
TradeFault = Literal[
    "differs", "rebuild_missing", "rebuild_repeats", "golden_missing", "golden_repeats"
]
TRADE_FAULTS: tuple[TradeFault, ...] = (
    "differs",
    "rebuild_missing",
    "rebuild_repeats",
    "golden_missing",
    "golden_repeats",
)
NUMBERS = ("trades", "golden_trades", "covered", "matched", "equal", *TRADE_FAULTS[1:])
OFFENDERS_KEPT = 5
"""Of each fault."""

TradeValues = tuple[int | None, int | None, int | None, int | None]
Counts = tuple[int, int, int, int]


class TradeOffender(NamedTuple):
    """A trade that is not the same on both sides; values in the order of `TRADE_FIELDS`.

    `candidate` is None where the rebuild has no such row, `golden` where golden has none.
    """

    trade_id: int
    fault: TradeFault
    candidate: TradeValues | None
    golden: TradeValues | None


@dataclass(frozen=True)
class TradeCensusState:
    """Trades of two captures, joined on their ids.

    `trades` and `golden_trades` are the rows of both sides, `covered` those of ours that lie in
    the ids which both captures cover; all that follows is about these ids. `matched` rows are on
    both sides, `equal` of them in every field, `differing` counts the others by field in the
    order of `TRADE_FIELDS`. A side is *missing* an id that only the other one has, and *repeats*
    one that it has more often. `offenders` has the lowest ids of each fault.
    """

    trades: int = 0
    golden_trades: int = 0
    covered: int = 0
    matched: int = 0
    equal: int = 0
    rebuild_missing: int = 0
    rebuild_repeats: int = 0
    golden_missing: int = 0
    golden_repeats: int = 0
    differing: Counts = (0, 0, 0, 0)
    offenders: tuple[TradeOffender, ...] = ()

    @property
    def compared(self) -> int:
        """Return the trades of either side, each counted once."""
        return self.matched + self.rebuild_suspect + self.golden_suspect

    @property
    def differs(self) -> int:
        """Return the matched trades that differ in a field."""
        return self.matched - self.equal

    @property
    def rebuild_suspect(self) -> int:
        """Return the trades that the rebuild lacks or repeats."""
        return self.rebuild_missing + self.rebuild_repeats

    @property
    def golden_suspect(self) -> int:
        """Return the trades that golden lacks or repeats."""
        return self.golden_missing + self.golden_repeats


def join(a: TradeCensusState, b: TradeCensusState) -> TradeCensusState:
    """Return the census of the partitions of both, in either order."""
    sums = {name: getattr(a, name) + getattr(b, name) for name in NUMBERS}
    price, size, side, time = (x + y for x, y in zip(a.differing, b.differing, strict=True))
    return TradeCensusState(
        **sums, differing=(price, size, side, time), offenders=lowest(a.offenders + b.offenders)
    )


def lowest(offenders: Iterable[TradeOffender]) -> tuple[TradeOffender, ...]:
    """Return those of `offenders` that a state keeps, in the state's order."""
    groups = groupby(sorted(offenders, key=_rank), key=lambda offender: offender.fault)
    return tuple(one for _, group in groups for one in islice(group, OFFENDERS_KEPT))


def _rank(offender: TradeOffender) -> tuple[int, int, list[list[int]]]:
    """Return what offenders are sorted by: None stands before every number."""
    sides = [offender.candidate or (), offender.golden or ()]
    plain = [[part for v in side for part in (v is not None, v or 0)] for side in sides]
    return TRADE_FAULTS.index(offender.fault), offender.trade_id, plain


def encode(state: TradeCensusState, version: int) -> bytes:
    """Return the bytes of a state."""
    writer = Writer(version).integers(*(getattr(state, name) for name in NUMBERS))
    writer.integers(*state.differing, len(state.offenders))
    for offender in state.offenders:
        writer.integers(offender.trade_id, TRADE_FAULTS.index(offender.fault))
        for values in (offender.candidate, offender.golden):
            writer.integer(int(values is not None))
            for value in values or ():
                writer.optional(None if value is None else (value,))
    return writer.data()


def decode(data: bytes, version: int, what: str) -> TradeCensusState:
    """Return the state of these bytes; `CorruptError` when they are none."""
    reader = Reader(data, version, what)
    named = dict(zip(NUMBERS, reader.integers(len(NUMBERS)), strict=True))
    price, size, side, time = reader.integers(4)
    if not 0 <= (count := reader.integer()) <= OFFENDERS_KEPT * len(TRADE_FAULTS):
        raise CorruptError(f"{what}: {count} offenders in one state; compute it again")
    offenders = tuple(_offender(reader, what) for _ in range(count))
    reader.end()
    return TradeCensusState(**named, differing=(price, size, side, time), offenders=offenders)


def _offender(reader: Reader, what: str) -> TradeOffender:
    trade_id, fault = reader.integers(2)
    if not 0 <= fault < len(TRADE_FAULTS):
        raise CorruptError(f"{what}: fault {fault} is unknown; compute it again")
    candidate, golden = _values(reader, what), _values(reader, what)
    return TradeOffender(trade_id, TRADE_FAULTS[fault], candidate, golden)


def _values(reader: Reader, what: str) -> TradeValues | None:
    if (mark := reader.integer()) not in (0, 1):
        raise CorruptError(f"{what}: mark {mark} is unknown; compute it again")
    if not mark:
        return None
    price, size, side, time = (found[0] if (found := reader.optional(1)) else None for _ in "psdt")
    return price, size, side, time
