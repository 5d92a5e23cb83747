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
    `tail_run` up to the last. `head_first`, `tail_first` and `longest_first` are what each begins
    with: None for no run, and in states of version 1, which did not tell. `golden_used` counts
    golden rows that some delta was compared with.
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
    head_first: Offender | None = None
    tail_first: Offender | None = None
    longest_first: Offender | None = None


def join(a: CensusState, b: CensusState) -> CensusState:
    """Return the census of `a` followed by that of `b`; runs go on across the border."""
    pairs = zip(a.equal, b.equal, strict=True)
    bid_ticks, bid_lots, ask_ticks, ask_lots = (x + y for x, y in pairs)
    whole_a, whole_b = a.head_run == a.compared, b.tail_run == b.compared
    across = a.tail_run + b.head_run, a.tail_first or b.head_first
    runs = [(a.longest_run, a.longest_first), across, (b.longest_run, b.longest_first)]
    longest, longest_first = max(runs, key=lambda run: run[0])
    return CensusState(
        a.deltas + b.deltas,
        a.compared + b.compared,
        (bid_ticks, bid_lots, ask_ticks, ask_lots),
        a.all_equal + b.all_equal,
        a.rebuild_suspect + b.rebuild_suspect,
        a.golden_suspect + b.golden_suspect,
        a.golden_rows + b.golden_rows,
        a.golden_used + b.golden_used,
        a.head_run + (b.head_run if whole_a else 0),
        b.tail_run + (a.tail_run if whole_b else 0),
        longest,
        (a.offenders + b.offenders)[:OFFENDERS_KEPT],
        a.head_first or (b.head_first if whole_a else None),
        (a.tail_first or b.tail_first) if whole_b else b.tail_first,
        longest_first,
    )


def encode(state: CensusState, version: int) -> bytes:
    """Return the bytes of a state."""
    writer = Writer(version).integers(state.deltas, state.compared, *state.equal)
    writer.integers(*(getattr(state, name) for name in NUMBERS), len(state.offenders))
    for offender in state.offenders:
        writer.integers(*_numbers(offender))
    for first in (state.head_first, state.tail_first, state.longest_first):
        writer.optional(None if first is None else _numbers(first))
    return writer.data()


def decode(data: bytes, version: int, what: str) -> CensusState:
    """Return the state of these bytes, of `version` or of 1; `CorruptError` when they are none."""
    old = data[:1] == bytes([1])
    reader = Reader(data, 1 if old else version, what)
    deltas, compared = reader.integers(2)
    equal, numbers = _values(reader), reader.integers(len(NUMBERS))
    if not 0 <= (count := reader.integer()) <= OFFENDERS_KEPT:
        raise CorruptError(f"{what}: {count} offenders in one state; compute it again")
    width = len(_numbers(Offender(0, equal, equal, SUSPECTS[0])))
    offenders = tuple(_offender(reader.integers(width), what) for _ in range(count))
    firsts = [None if old else reader.optional(width) for _ in range(3)]
    head, tail, longest = (None if f is None else _offender(f, what) for f in firsts)
    reader.end()
    named = dict(zip(NUMBERS, numbers, strict=True))
    return CensusState(
        deltas,
        compared,
        equal,
        **named,
        offenders=offenders,
        head_first=head,
        tail_first=tail,
        longest_first=longest,
    )


def _numbers(offender: Offender) -> tuple[int, ...]:
    suspect = SUSPECTS.index(offender.suspect)
    return (offender.update_id, *offender.candidate, *offender.golden, suspect)


def _offender(numbers: tuple[int, ...], what: str) -> Offender:
    update_id, a, b, c, d, e, f, g, h, side = numbers
    if side not in (0, 1):
        raise CorruptError(f"{what}: suspect {side} is unknown; compute it again")
    return Offender(update_id, (a, b, c, d), (e, f, g, h), SUSPECTS[side])


def _values(reader: Reader) -> Values:
    bid_ticks, bid_lots, ask_ticks, ask_lots = reader.integers(4)
    return bid_ticks, bid_lots, ask_ticks, ask_lots
