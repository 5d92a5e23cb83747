"""What the columns of a training dataset hold: merged from states of its partitions, exactly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil, floor, sqrt
from typing import Any

from karat.compute import Content, Reading, partition_content, states_of
from karat.contracts import Measure
from karat.dataset.manifest import Entry, Manifest
from karat.lake import CommitId, Lake
from karat.states import Magnitudes, MagnitudesState, MinMax, PowerSums, SpecialValues
from karat.states.counts import Counts
from karat.states.min_max import MinMaxState
from karat.states.power_sums import PowerSumsState
from karat.states.special_values import NAMES
from karat.store import Store
from karat.telemetry import Progress, silent

WHOLE = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32")
FLOATS = ("halffloat", "float", "double")
_SUMS, _ENDS, _ODD, _SIZES = PowerSums(), MinMax(), SpecialValues(), Magnitudes()
SHARES = {"q05": 0.05, "median": 0.5, "q95": 0.95}
"""The quantiles that are told: of which share of values each is the largest."""
WHOLE_TO = 2**53
"""Whole numbers up to here are float64, too."""
FINE = 50
"""A quantile is told where it is known to this part of the distance between the ends."""


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A column over all partitions: how many rows have a value, how many none, and which.

    All are in the column's unit, and None for what is no number and for no value at all. Ends are
    exact; of floats those that are finite. Mean and variance (of the population) are of whole
    numbers alone: of floats they would depend on the order of adding up. `quantiles` are 5 %, the
    median and 95 %, to 0.4 %, None where that is coarse beside the distance of the ends (a time's).
    Of floats `odd` tells how many values are NaN, infinite or minus zero, each sort that there is;
    that is among `count`.
    """

    name: str
    kind: str
    count: int = 0
    nulls: int = 0
    least: float | None = None
    largest: float | None = None
    quantiles: Mapping[str, float] = field(default_factory=dict)
    mean: Fraction | None = None
    variance: Fraction | None = None
    odd: Mapping[str, int] = field(default_factory=dict)

    @property
    def deviation(self) -> float | None:
        """Return the standard deviation; None as the variance."""
        return None if self.variance is None else sqrt(self.variance)

    def plain(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "column": self.name,
            "type": self.kind,
            "values": self.count,
            "nulls": self.nulls,
            "least": self.least,
            "largest": self.largest,
            **{name: self.quantiles.get(name) for name in SHARES},
            "mean": None if self.mean is None else float(self.mean),
            "deviation": self.deviation,
            **({"odd": dict(self.odd)} if self.kind in FLOATS else {}),
        }


def column_statistics(
    lake: Lake,
    commit: CommitId,
    manifest: Manifest,
    store: Store,
    *,
    entries: Iterable[Entry] | None = None,
    progress: Progress = silent,
) -> list[ColumnFacts]:
    """Return what each column holds over `entries` (all of them by default), in their order.

    States are found in `store` or computed from the columns once, and kept: of a dataset that was
    looked at before, only partitions that came or changed are read. Nothing for no partition.
    """
    every = list(manifest.entries if entries is None else entries)
    found: dict[str, ColumnFacts] = {}
    merged: dict[Any, dict[str, Any]] = {_SUMS: {}, _ENDS: {}, _ODD: {}, _SIZES: {}}
    for at, entry in enumerate(every, start=1):
        reading = Reading(lake, commit, entry.path)
        content = partition_content(reading, store)
        _count(found, content)
        for measure, state in _states(content, reading, store):
            name, known = str(measure.columns[0]), merged[measure.statistic]
            known[name] = measure.statistic.merge(known[name], state) if name in known else state
        reading.forget()
        progress("statistics", at, len(every), entry.partition)
    sums, ends, odd, sizes = merged.values()
    told = [
        _odd(facts, odd[name]) if name in odd else _told(facts, sums.get(name), ends.get(name))
        for name, facts in found.items()
    ]
    return [_spread(one, sizes[one.name]) if one.name in sizes else one for one in told]


def _count(found: dict[str, ColumnFacts], content: Content) -> None:
    for name in content.columns:
        before = found.get(name, ColumnFacts(name, content.kinds.get(name, "")))
        nulls = content.nulls.get(name, 0)
        count = before.count + content.rows - nulls
        found[name] = ColumnFacts(name, before.kind, count, before.nulls + nulls)


def _states(content: Content, reading: Reading, store: Store) -> Iterator[tuple[Measure, Any]]:
    asked = [one for name in content.columns for one in _measures(name, content.kinds)]
    yield from zip(asked, states_of(asked, content, reading, store), strict=True)


def _measures(name: str, kinds: Mapping[str, str]) -> list[Measure]:
    if kinds.get(name) in FLOATS:
        odd = Measure("chunks", f"{name}: odd values", _ODD, (name,))
        return [odd, Measure("chunks", f"{name}: sizes", _SIZES, (name,))]
    if kinds.get(name) not in WHOLE:
        return []
    sizes = Measure("chunks", f"{name}: sizes", _SIZES, (name,))
    ends = Measure("chunks", f"{name}: ends", _ENDS, (name, name), present=True)
    return [Measure("chunks", f"{name}: sums", _SUMS, (name,), present=True), ends, sizes]


def _odd(facts: ColumnFacts, state: Counts) -> ColumnFacts:
    told = _ODD.told(state)
    return replace(facts, odd={name: told[name] for name in NAMES[1:] if name in told})


def _told(facts: ColumnFacts, sums: PowerSumsState | None, ends: MinMaxState | None) -> ColumnFacts:
    if sums is None or ends is None or ends.least is None or ends.largest is None:
        return facts
    values = ends.least.value, ends.largest.value, sums.mean(), sums.variance()
    least, largest, mean, variance = values
    return replace(facts, least=least, largest=largest, mean=mean, variance=variance)


def _spread(facts: ColumnFacts, state: MagnitudesState) -> ColumnFacts:
    """Return them with quantiles, and with ends where those of whole numbers did not tell."""
    if state.ends is None:
        return facts
    kind, (least, largest) = facts.kind, state.ends
    if kind in FLOATS:
        facts = replace(facts, least=least, largest=largest)
    elif max(-least, largest) > WHOLE_TO:
        return facts
    between = {name: _between(kind, *found) for name, share in SHARES.items()
               if (found := _SIZES.quantile(state, share))}  # fmt: skip
    width = max(high - low for low, high in between.values())
    if width and width * FINE > largest - least:
        return facts
    return replace(facts, quantiles={name: _middle(kind, *one) for name, one in between.items()})


def _between(kind: str, low: float, high: float) -> tuple[float, float]:
    """Return the least and the largest value that a column of this type can have in between."""
    return (low, high) if kind in FLOATS else (ceil(low), floor(high))


def _middle(kind: str, low: float, high: float) -> float:
    return (low + high) / 2 if kind in FLOATS else (low + high) // 2
