"""Kinds of distances that all golden values make exact, and what of coarse cells is in doubt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from karat.contracts import DistanceRule
from karat.distances import Distance
from karat.distances.doubtful_cells import (
    ks_doubts,
    kuiper_doubts,
    midrank_doubts,
    quantile_doubts,
    rank_doubts,
)
from karat.distances.earth_movers import area_doubts
from karat.golden.by_cells import SUMS, cell_distance, counting, other_days
from karat.golden.summed_cells import SummedCells
from karat.states import ReferenceCounts
from karat.states.columns import Column
from karat.states.encoding import Int64s
from karat.states.refined_cells import refined

DOUBTS: Mapping[str, Callable[[DistanceRule, Any, Any], Int64s]] = {
    "ks": lambda _, cells, state: ks_doubts(cells, state),
    "kuiper": lambda _, cells, state: kuiper_doubts(cells, state),
    "mann_whitney": lambda _, cells, state: rank_doubts(cells, state),
    "cramer_von_mises": lambda _, cells, state: midrank_doubts(cells, state),
    SUMS: lambda _, golden, state: area_doubts(golden.statistic, golden.held, state),
    "quantile_shift": lambda rule, cells, state: quantile_doubts(cells, state, rule.quantile),
}
"""The cells that are divided where a threshold lies inside a distance's bounds.

Then a distance is what all golden values tell of it. Other kinds are known from coarse cells.
"""


def refinable(rule: DistanceRule) -> bool:
    """Return whether golden keeps all values beside coarse cells for `rule`."""
    return rule.kind in DOUBTS and rule.cells is not None


def left_out(
    rule: DistanceRule, coarse: ReferenceCounts, full: ReferenceCounts, values: Column
) -> Distance:
    """Return the exact distance of the `values` of a golden day from those of all other days.

    `full` are the values of all days, `coarse` some of them: only the cells that leave a doubt are
    divided. No rows, or no other day with any, gives `Distance.none()`.
    """
    state = counting(rule, coarse).observe(values)
    doubts = DOUBTS[rule.kind](rule, other_days(golden_in(rule, coarse, full), state), state)
    fine = refined(coarse, full, doubts)
    ours = counting(rule, fine).observe(values) if doubts.size else state
    return cell_distance(rule, other_days(golden_in(rule, fine, full), ours), ours)


def golden_in(
    rule: DistanceRule, cells: ReferenceCounts, full: ReferenceCounts
) -> ReferenceCounts | SummedCells:
    """Return the golden of all values `full` in `cells`, with sums where the kind needs them."""
    return SummedCells.of_values(cells, full) if rule.kind == SUMS else cells
