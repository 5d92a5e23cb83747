"""A distance rule as statistics: what is measured of the golden days and of a candidate alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from karat.contracts import CELL_KINDS, BlockRule, Condition, DistanceRule, Measure
from karat.distances import (
    Distance,
    acf_distance,
    atom_distance,
    coverage,
    distance_by,
    own_distance,
    total_variation,
    variance_ratio_distance,
)
from karat.golden.by_cells import cell_distance, counting
from karat.states import (
    ACF,
    Atoms,
    Categories,
    ChunkCounts,
    Clocked,
    Difference,
    EffectiveRows,
    Even,
    LastDigits,
    Movement,
    ReferenceCounts,
    Statistic,
    VarianceRatio,
    Windowed,
    WindowFunction,
)
from karat.states.columns import integers

SUMMED: Mapping[str, Callable[[DistanceRule], Statistic[Any]]] = {
    "total_variation": lambda _: Categories(),
    "coverage": lambda _: Categories(),
    "atom": lambda _: Atoms(),
    "acf": lambda rule: ACF(rule.lags),
    "variance_ratio": lambda rule: VarianceRatio(rule.steps),
}
"""Kinds of distances whose golden is the merged state of the golden days; others have cells.

Any other kind is a statistic of another package, which has a distance of its own.
"""

BETWEEN: Mapping[str, Callable[[Any, Any], Distance]] = {
    "total_variation": total_variation,
    "atom": atom_distance,
    "acf": acf_distance,
    "variance_ratio": variance_ratio_distance,
}


def statistic_of(rule: DistanceRule, cells: ReferenceCounts | None = None) -> Statistic[Any]:
    """Return what is measured under `rule`, in `cells` for the kinds that count in some."""
    counted: Statistic[Any] = counting(rule, cells) if cells is not None else _summed(rule)
    window = _window(rule)
    return Windowed(window[0], window[1], counted) if window else counted


def measure_of(
    rule: DistanceRule, rows: tuple[Condition, ...], cells: ReferenceCounts | None = None
) -> Measure:
    """Return the measure of a distance; rows without a value take no part."""
    statistic = statistic_of(rule, cells)
    return Measure("unpaired", rule.name, statistic, (rule.column,), rows, present=True)


def effective_measure(
    rule: DistanceRule, blocks: BlockRule, rows: tuple[Condition, ...], cells: ReferenceCounts
) -> Measure:
    """Return the measure of how many independent rows the rows of a ks distance are worth."""
    counted = EffectiveRows(cells.coarser(blocks.cuts), blocks.width_ns)
    columns = (blocks.time, rule.column)
    return Measure("effective", rule.name, _by_time(rule, counted), columns, rows, present=True)


def chunk_measure(
    rule: DistanceRule, time: str, rows: tuple[Condition, ...], counted: ChunkCounts
) -> Measure:
    """Return the measure of the rows of a distance by stretches of the column `time`."""
    columns = (time, rule.column)
    return Measure("chunks", rule.name, _by_time(rule, counted), columns, rows, present=True)


def _by_time(rule: DistanceRule, counted: Statistic[Any]) -> Statistic[Any]:
    """Return what observes times and values as a statistic of times and what `rule` looks at."""
    window = _window(rule)
    return Windowed(window[0], Clocked(window[1]), counted) if window else counted


def unwrapped(rule: DistanceRule, state: Any) -> Any:
    """Return the state of the values inside the state of their windows."""
    return state.inner if _window(rule) else state


def values_of(rule: DistanceRule, column: pa.ChunkedArray) -> Any:
    """Return what `rule` looks at: the values of a column, their changes, or their digits.

    Raises `InputError` for changes of floats.
    """
    window = _window(rule)
    if window is None:
        return column
    width, function = window
    rows = integers(column, rule.column)[:, None]
    return function(rows, width) if len(rows) >= width else rows[:0, 0]


def _window(rule: DistanceRule) -> tuple[int, WindowFunction] | None:
    if rule.of == "change":
        return rule.over + 1, Difference()
    if rule.of == "movement":
        return rule.over + 1, Movement()
    if rule.of == "even":
        return 3, Even()
    return (1, LastDigits(rule.digits)) if rule.of == "last_digits" else None


def distance_of(rule: DistanceRule, golden: Any, state: Any) -> Distance:
    """Return the distance of a candidate's `state` from `golden`: cells, or else a state."""
    ours = unwrapped(rule, state)
    counted = rule.kind in CELL_KINDS
    return cell_distance(rule, golden, ours) if counted else between(rule, golden, ours)


def between(rule: DistanceRule, golden: Any, state: Any) -> Distance:
    """Return the distance of `state` from the state of golden days; for kinds without cells."""
    if rule.kind == "coverage":
        return coverage(state, golden, rule.min_count)
    known = BETWEEN.get(rule.kind)
    return known(state, golden) if known else distance_by(rule.kind, golden, state)


def _summed(rule: DistanceRule) -> Statistic[Any]:
    make = SUMMED.get(rule.kind)
    return make(rule) if make else own_distance(rule.kind)
