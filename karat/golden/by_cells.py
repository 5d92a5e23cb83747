"""Kinds of distances that are measured in golden's cells: one pass counts for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from karat.contracts import DistanceRule
from karat.distances import (
    Distance,
    cell_variation,
    chi_squared,
    cramer_von_mises,
    hellinger,
    jensen_shannon,
    ks,
    kuiper,
    mann_whitney,
    psi,
    quantile_shift,
    wasserstein,
)
from karat.golden.cells import counted, without
from karat.golden.summed_cells import SummedCells
from karat.states import Counts, GapSums, GapSumsState, ReferenceCounts

SUMS = "wasserstein"
"""The kind that needs the sums of open cells beside their counts."""

BY_CELLS: Mapping[str, Callable[[DistanceRule, ReferenceCounts, Counts], Distance]] = {
    "ks": lambda _, cells, state: ks(cells, state),
    "kuiper": lambda _, cells, state: kuiper(cells, state),
    "mann_whitney": lambda _, cells, state: mann_whitney(cells, state),
    "cramer_von_mises": lambda _, cells, state: cramer_von_mises(cells, state),
    "quantile_shift": lambda rule, cells, state: quantile_shift(cells, state, rule.quantile),
    "cell_variation": lambda rule, cells, state: cell_variation(cells, state, rule.bins),
    "psi": lambda rule, cells, state: psi(cells, state, rule.bins, rule.floor),
    "js": lambda rule, cells, state: jensen_shannon(cells, state, rule.bins),
    "hellinger": lambda rule, cells, state: hellinger(cells, state, rule.bins),
    "chi2": lambda rule, cells, state: chi_squared(cells, state, rule.bins),
}
"""Distances from the counts in golden's cells alone, of rows with the same key of their state."""


def cell_distance(rule: DistanceRule, golden: Any, state: Any) -> Distance:
    """Return the distance of a state from golden cells, or from `SummedCells` for Wasserstein-1."""
    if rule.kind == SUMS:
        return wasserstein(golden.statistic, golden.held, state)
    return BY_CELLS[rule.kind](rule, golden, state)


def counting(rule: DistanceRule, cells: ReferenceCounts) -> ReferenceCounts | GapSums:
    """Return what counts rows in `cells` for this kind."""
    return GapSums(cells) if rule.kind == SUMS else cells


def golden_of_days(
    rule: DistanceRule, empty: ReferenceCounts, states: Iterable[Any]
) -> ReferenceCounts | SummedCells:
    """Return the golden of days whose states were counted in `empty` cells."""
    return SummedCells.of(empty, states) if rule.kind == SUMS else counted(empty, states)


def other_days(golden: Any, state: Counts | GapSumsState) -> ReferenceCounts | SummedCells:
    """Return golden less the rows of one of its days."""
    if isinstance(state, Counts):
        return without(golden, state)
    summed: SummedCells = golden
    return summed.without(state)
