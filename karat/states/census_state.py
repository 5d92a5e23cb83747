"""The state of a paired census, its offenders, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from karat.errors import CorruptError
from karat.states.encoding import Reader, Writer

FIELDS = ("bid_ticks", "bid_lots", "ask_ticks", "ask_lots")
NUMBERS = (
    "all_equal",
    "rebuild_suspect",
    "golden_suspect",
    "golden_rows",
    "golden_used",
    "head_run",
    "tail_run",
    "longest_run",
)
OFFENDERS_KEPT = 20
Suspect = Literal["rebuild", "golden"]
SUSPECTS: tuple[Suspect, Suspect] = ("rebuild", "golden")
Values = tuple[int, int, int, int]


class Offender(NamedTuple):
    """A delta after which candidate and golden differ; values in the order of `FIELDS`."""

    update_id: int
    candidate: Values
    golden: Values
    suspect: Suspect


@dataclass(frozen=True)
class CensusState:
    """Deltas compared with golden quotes, one after the other.

    `equal` counts agreement by field in the order of `FIELDS`, `all_equal` of all four at once. A
    run is a number of compared deltas in a row that all differ: `head_run` from the first on,
    `tail_run` up to the last. `golden_used` counts golden rows that some delta was compared with.
    """

    deltas: int = 0
    compared: int = 0
    equal: Values = (0, 0, 0, 0)
    all_equal: int = 0
    rebuild_suspect: int = 0
    golden_suspect: int = 0
    golden_rows: int = 0
    golden_used: int = 0
    head_run: int = 0
    tail_run: int = 0
    longest_run: int = 0
    offenders: tuple[Offender, ...] = ()


def join(a: CensusState, b: CensusState) -> CensusState:
    """Return the census of `a` followed by that of `b`; runs go on across the border."""
    pairs = zip(a.equal, b.equal, strict=True)
    bid_ticks, bid_lots, ask_ticks, ask_lots = (x + y for x, y in pairs)
    return CensusState(
        a.deltas + b.deltas,
        a.compared + b.compared,
        (bid_ticks, bid_lots, ask_ticks, ask_lots),
        a.all_equal + b.all_equal,
        a.rebuild_suspect + b.rebuild_suspect,
        a.golden_suspect + b.golden_suspect,
        a.golden_rows + b.golden_rows,
        a.golden_used + b.golden_used,
        a.head_run + (b.head_run if a.head_run == a.compared else 0),
        b.tail_run + (a.tail_run if b.tail_run == b.compared else 0),
        max(a.longest_run, b.longest_run, a.tail_run + b.head_run),
        (a.offenders + b.offenders)[:OFFENDERS_KEPT],
    )


def encode(state: CensusState, version: int) -> bytes:
    """Return the bytes of a state."""
    writer = Writer(version).integers(state.deltas, state.compared, *state.equal)
    writer.integers(*(getattr(state, name) for name in NUMBERS), len(state.offenders))
    for offender in state.offenders:
        writer.integers(offender.update_id, *offender.candidate, *offender.golden)
        writer.integer(SUSPECTS.index(offender.suspect))
    return writer.data()


def decode(data: bytes, version: int, what: str) -> CensusState:
    """Return the state of these bytes; `CorruptError` when they are none."""
    reader = Reader(data, version, what)
    deltas, compared = reader.integers(2)
    equal, numbers = _values(reader), reader.integers(len(NUMBERS))
    if not 0 <= (count := reader.integer()) <= OFFENDERS_KEPT:
        raise CorruptError(f"{what}: {count} offenders in one state; compute it again")
    offenders = tuple(_offender(reader, what) for _ in range(count))
    reader.end()
    named = dict(zip(NUMBERS, numbers, strict=True))
    return CensusState(deltas, compared, equal, offenders=offenders, **named)


def _offender(reader: Reader, what: str) -> Offender:
    update_id, candidate, golden = reader.integer(), _values(reader), _values(reader)
    if (side := reader.integer()) not in (0, 1):
        raise CorruptError(f"{what}: suspect {side} is unknown; compute it again")
    return Offender(update_id, candidate, golden, SUSPECTS[side])


def _values(reader: Reader) -> Values:
    bid_ticks, bid_lots, ask_ticks, ask_lots = reader.integers(4)
    return bid_ticks, bid_lots, ask_ticks, ask_lots
