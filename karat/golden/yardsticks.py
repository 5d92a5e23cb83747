"""What one distance is measured against: the golden of its kind, and how far golden days differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial, reduce
from statistics import median
from typing import Any, NamedTuple

from karat.contracts import (
    CELL_KINDS,
    CUT,
    BlockRule,
    Condition,
    Contract,
    DistanceRule,
    Measure,
    chosen,
)
from karat.digest import bytes_digest
from karat.distances import Distance
from karat.errors import InputError
from karat.golden.by_cells import SUMS, cell_distance, counting, golden_of_days, other_days
from karat.golden.calibration import calibrate
from karat.golden.cells import all_values, joined, thinned
from karat.golden.chunk_profile import ChunkProfile
from karat.golden.chunk_scale import ChunkScale, chunk_scale
from karat.golden.metering import (
    between,
    chunk_measure,
    distance_of,
    effective_measure,
    measure_of,
    statistic_of,
    unwrapped,
    values_of,
)
from karat.golden.refinable import golden_in, left_out, refinable
from karat.golden.sample import Sample
from karat.golden.summed_cells import SummedCells
from karat.messages.ahead import each_ahead
from karat.states import BlockVarState, ReferenceCounts, least_effective_rows


@dataclass(frozen=True)
class Yardstick:
    """A rule, the golden rows it was given, and its scale.

    `golden` is a `ReferenceCounts` for kinds that count in cells, `SummedCells` for wasserstein,
    and a state for other kinds. `left_out` are the
    distances of each reference day from the others, `effective_rows` what the reference days are
    worth together; None where that is not known. `typical_rows` is the median of the rows a
    reference day has to measure on. `chunks` says what is usual of stretches of a day; None
    without blocks of time, or for a kind that looks at the order of many rows. `full` names the
    bytes `every` of all golden values, where cells are made of them; "" where there are no others.
    """

    rule: DistanceRule
    rows: tuple[Condition, ...]
    golden: Any
    scale: Fraction
    left_out: tuple[Fraction, ...]
    effective_rows: Fraction | None
    typical_rows: int = 0
    chunks: ChunkScale | None = None
    full: str = ""
    every: bytes | None = field(default=None, compare=False, repr=False)

    @property
    def floor(self) -> Fraction:
        """The least the scale may be: the smallest distance that a typical day can show."""
        return calibrate([Fraction(0)], self.typical_rows)

    @property
    def cells(self) -> ReferenceCounts | None:
        """The golden cells, None for a kind that counts in none."""
        if isinstance(self.golden, SummedCells):
            return self.golden.cells
        return self.golden if isinstance(self.golden, ReferenceCounts) else None

    def measure(self) -> Measure:
        """Return what is measured of a candidate."""
        return measure_of(self.rule, self.rows, self.cells)

    def effective(self, blocks: BlockRule) -> Measure | None:
        """Return what tells a candidate's effective rows; None where no tolerance asks for it."""
        if self.cells is None or self.rule.tolerance is None:
            return None
        return effective_measure(self.rule, blocks, self.rows, self.cells)

    @property
    def thin(self) -> bool:
        """Whether golden days have too few rows to be cut."""
        return self.chunks is not None and self.chunks.usual is None

    def by_chunk(self) -> Measure | None:
        """Return what tells the stretches of a candidate apart; None where days are not cut."""
        if self.chunks is None or self.thin:
            return None
        counted = self.chunks.statistic(self.rule.kind, self.golden)
        return chunk_measure(self.rule, self.chunks.time, self.rows, counted)

    def profile(self, state: Any) -> ChunkProfile | None:
        """Return the profile of a state of `by_chunk`; None where no stretch has rows enough."""
        return self.chunks.profile(self.rule, self.golden, state) if self.chunks else None

    def distance(self, state: Any) -> Distance:
        """Return the distance of a candidate's state from golden."""
        return distance_of(self.rule, self.golden, state)

    def fits(self, contract: Contract, rule: DistanceRule) -> bool:
        """Return whether `rule` still asks for what was measured here."""
        asked = chosen(contract, rule.rows)
        return (self.rule.digest, self.rows) == (rule.digest, asked)

    def to_bytes(self) -> bytes:
        """Return the bytes of the golden."""
        if isinstance(self.golden, ReferenceCounts | SummedCells):
            return self.golden.to_bytes()
        encoded: bytes = _inner(self.rule).encode(self.golden)
        return encoded

    @classmethod
    def golden_of(cls, rule: DistanceRule, data: bytes) -> Any:
        """Return the golden of these bytes; CorruptError when they are none."""
        if rule.kind in CELL_KINDS:
            kind = SummedCells if rule.kind == SUMS else ReferenceCounts
            return kind.from_bytes(data)
        return _inner(rule).decode(data)


def yardstick(
    contract: Contract, rule: DistanceRule, reference: Sequence[Sample], threads: int = 1
) -> Yardstick:
    """Return the yardstick that reference days make; a thread holds one column of one day.

    The scale of a single reference day is 1: there is nothing to compare it with.
    """
    rows = chosen(contract, rule.rows)
    way = _by_cells if rule.kind in CELL_KINDS else _by_state
    way = _by_every_value if refinable(rule) else way
    golden, left_out, counts, every = way(rule, rows, reference, threads)
    typical = int(median(counts))
    scale = calibrate(left_out, typical)
    made = Yardstick(rule, rows, golden, scale, tuple(left_out), None, typical)
    if every is not None:
        made = replace(made, full=bytes_digest(every), every=every)
    blocks = contract.unpaired.blocks if contract.unpaired else None
    if blocks and rule.kind in CUT:
        cut = chunk_scale(rule, rows, blocks, golden, reference, threads)
        made = replace(made, chunks=cut)
    if blocks is None or (measure := made.effective(blocks)) is None:
        return made
    worth = partial(_worth, made.rule, measure)
    known = list(each_ahead(worth, reference, threads))
    whole = sum((each for each in known if each), Fraction(0)) if all(known) else None
    return replace(made, effective_rows=whole)


def _worth(rule: DistanceRule, measure: Measure, day: Sample) -> Fraction | None:
    return effective_rows(rule, day.state(measure))


def effective_rows(rule: DistanceRule, state: Any) -> Fraction | None:
    """Return the least effective rows of a state of `Yardstick.effective`; None when unknown."""
    blocks: tuple[BlockVarState, ...] = unwrapped(rule, state)
    return least_effective_rows(blocks)


class Built(NamedTuple):
    """The golden, distances and rows of days, and the bytes of all values beside coarse cells."""

    golden: Any
    left_out: list[Fraction]
    rows: list[int]
    every: bytes | None = None


def _by_cells(
    rule: DistanceRule, rows: tuple[Condition, ...], days: Sequence[Sample], threads: int
) -> Built:
    values = _values(rule, rows)
    few = each_ahead(lambda day: thinned(values(day), rule.cells), days, threads)
    empty = joined(few, rule.cells)
    stat = counting(rule, empty)
    states = list(each_ahead(lambda day: stat.observe(values(day)), days, threads))
    golden = golden_of_days(rule, empty, states)
    several = states if len(days) > 1 else []
    found = [cell_distance(rule, other_days(golden, state), state) for state in several]
    return Built(golden, _known(rule, days, found), [state.rows for state in states])


def _by_every_value(
    rule: DistanceRule, rows: tuple[Condition, ...], days: Sequence[Sample], threads: int
) -> Built:
    """Return exact distances between days, and coarse cells of their values, if these are more."""
    values = _values(rule, rows)
    full = all_values(each_ahead(lambda day: thinned(values(day), None), days, threads))
    cells = full.coarser(rule.cells) if rule.cells else full
    apart = list(each_ahead(lambda day: left_out(rule, cells, full, values(day)), days, threads))
    known = _known(rule, days, apart if len(days) > 1 else [])
    every = None if cells is full else full.to_bytes()
    return Built(golden_in(rule, cells, full), known, [distance.count for distance in apart], every)


def _values(rule: DistanceRule, rows: tuple[Condition, ...]) -> Callable[[Sample], Any]:
    """Return what takes from a day the values that `rule` looks at."""
    columns = measure_of(rule, rows, ReferenceCounts.from_golden([], 1))
    return lambda day: values_of(rule, day.select(columns)[0])


def _by_state(
    rule: DistanceRule, rows: tuple[Condition, ...], days: Sequence[Sample], threads: int
) -> Built:
    measure, inner = measure_of(rule, rows), _inner(rule)
    states = list(each_ahead(lambda day: unwrapped(rule, day.state(measure)), days, threads))
    golden = reduce(inner.merge, states, inner.empty())
    found = []
    for at, state in enumerate(states if len(states) > 1 else []):
        others = reduce(inner.merge, [*states[:at], *states[at + 1 :]], inner.empty())
        found.append(between(rule, others, state))
    counts = [distance.count for distance in found] or [0]
    return Built(golden, _known(rule, days, found), counts)


def _known(rule: DistanceRule, days: Sequence[Sample], found: Sequence[Distance]) -> list[Fraction]:
    """Return the distances of the days from the others; InputError naming one that has none."""
    for day, distance in zip(days, found, strict=False):
        if not distance.count:
            raise InputError(f"golden day {day.name} has no rows to measure {rule.name!r} on")
    return [distance.lower for distance in found]


def _inner(rule: DistanceRule) -> Any:
    plain = rule.model_copy(update={"of": "value"})
    return statistic_of(plain)


def distance_measures(held: Mapping[str, Yardstick], contract: Contract) -> list[Measure]:
    """Return what is measured of a candidate for its distances, in the order of `held`."""
    blocks = contract.unpaired.blocks if contract.unpaired else None
    found = []
    for one in held.values():
        found.append(one.measure())
        if blocks and (effective := one.effective(blocks)):
            found.append(effective)
        if by_chunk := one.by_chunk():
            found.append(by_chunk)
    return found
