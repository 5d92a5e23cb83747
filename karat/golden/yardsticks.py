"""What one distance is measured against: the golden of its kind, and how far golden days differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial, reduce
from statistics import median
from typing import Any

from karat.contracts import BlockRule, Condition, Contract, DistanceRule, Measure, chosen
from karat.distances import Distance, ks
from karat.errors import InputError
from karat.golden.calibration import calibrate
from karat.golden.cells import counted, joined, thinned, without
from karat.golden.metering import (
    between,
    distance_of,
    effective_measure,
    measure_of,
    statistic_of,
    unwrapped,
    values_of,
)
from karat.golden.reading_ahead import ahead
from karat.golden.sample import Sample
from karat.states import BlockVarState, ReferenceCounts, least_effective_rows


@dataclass(frozen=True)
class Yardstick:
    """A rule, the golden rows it was given, and its scale.

    `golden` is a `ReferenceCounts` for ks and a state for other kinds. `left_out` are the
    distances of each reference day from the others, `effective_rows` what the reference days are
    worth together; None where that is not known. `typical_rows` is the median of the rows a
    reference day has to measure on.
    """

    rule: DistanceRule
    rows: tuple[Condition, ...]
    golden: Any
    scale: Fraction
    left_out: tuple[Fraction, ...]
    effective_rows: Fraction | None
    typical_rows: int = 0

    @property
    def floor(self) -> Fraction:
        """The least the scale may be: the smallest distance that a typical day can show."""
        return calibrate([Fraction(0)], self.typical_rows)

    @property
    def cells(self) -> ReferenceCounts | None:
        """The golden cells of a ks distance, None for other kinds."""
        return self.golden if isinstance(self.golden, ReferenceCounts) else None

    def measure(self) -> Measure:
        """Return what is measured of a candidate."""
        return measure_of(self.rule, self.rows, self.cells)

    def effective(self, blocks: BlockRule) -> Measure | None:
        """Return what tells a candidate's effective rows; None where no tolerance asks for it."""
        if self.cells is None or self.rule.tolerance is None:
            return None
        return effective_measure(self.rule, blocks, self.rows, self.cells)

    def distance(self, state: Any) -> Distance:
        """Return the distance of a candidate's state from golden."""
        return distance_of(self.rule, self.golden, state)

    def fits(self, contract: Contract, rule: DistanceRule) -> bool:
        """Return whether `rule` still asks for what was measured here."""
        asked = chosen(contract, rule.rows)
        return (self.rule.digest, self.rows) == (rule.digest, asked)

    def to_bytes(self) -> bytes:
        """Return the bytes of the golden."""
        if self.cells is not None:
            return self.cells.to_bytes()
        encoded: bytes = _inner(self.rule).encode(self.golden)
        return encoded

    @classmethod
    def golden_of(cls, rule: DistanceRule, data: bytes) -> Any:
        """Return the golden of these bytes; CorruptError when they are none."""
        if rule.kind == "ks":
            return ReferenceCounts.from_bytes(data)
        return _inner(rule).decode(data)


def yardstick(
    contract: Contract, rule: DistanceRule, reference: Sequence[Sample], threads: int = 1
) -> Yardstick:
    """Return the yardstick that reference days make; a thread holds one column of one day.

    The scale of a single reference day is 1: there is nothing to compare it with.
    """
    rows = chosen(contract, rule.rows)
    golden, left_out, counts = (_by_cells if rule.kind == "ks" else _by_state)(
        rule, rows, reference, threads
    )
    typical = int(median(counts))
    scale = calibrate(left_out, typical)
    made = Yardstick(rule, rows, golden, scale, tuple(left_out), None, typical)
    blocks = contract.unpaired.blocks if contract.unpaired else None
    if blocks is None or (measure := made.effective(blocks)) is None:
        return made
    worth = partial(_worth, made.rule, measure)
    known = list(ahead(worth, reference, threads))
    whole = sum((each for each in known if each), Fraction(0)) if all(known) else None
    return replace(made, effective_rows=whole)


def _worth(rule: DistanceRule, measure: Measure, day: Sample) -> Fraction | None:
    return effective_rows(rule, day.state(measure))


def effective_rows(rule: DistanceRule, state: Any) -> Fraction | None:
    """Return the least effective rows of a state of `Yardstick.effective`; None when unknown."""
    blocks: tuple[BlockVarState, ...] = unwrapped(rule, state)
    return least_effective_rows(blocks)


Built = tuple[Any, list[Fraction], list[int]]


def _by_cells(
    rule: DistanceRule, rows: tuple[Condition, ...], days: Sequence[Sample], threads: int
) -> Built:
    columns = measure_of(rule, rows, ReferenceCounts.from_golden([], 1))

    def values(day: Sample) -> Any:
        return values_of(rule, day.select(columns)[0])

    few = ahead(lambda day: thinned(values(day), rule.cells), days, threads)
    empty = joined(few, rule.cells)
    states = list(ahead(lambda day: empty.observe(values(day)), days, threads))
    golden = counted(empty, states)
    found = [ks(without(golden, state), state) for state in states if len(days) > 1]
    return golden, _known(rule, days, found), [state.rows for state in states]


def _by_state(
    rule: DistanceRule, rows: tuple[Condition, ...], days: Sequence[Sample], threads: int
) -> Built:
    measure, inner = measure_of(rule, rows), _inner(rule)
    states = list(ahead(lambda day: unwrapped(rule, day.state(measure)), days, threads))
    golden = reduce(inner.merge, states, inner.empty())
    found = []
    for at, state in enumerate(states if len(states) > 1 else []):
        others = reduce(inner.merge, [*states[:at], *states[at + 1 :]], inner.empty())
        found.append(between(rule, others, state))
    counts = [distance.count for distance in found] or [0]
    return golden, _known(rule, days, found), counts


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
    return found
