"""A certified distance made exact: rows are counted again, in the few cells that leave a doubt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from karat.contracts import Measure
from karat.distances import Distance
from karat.golden.metering import unwrapped
from karat.golden.refinable import DOUBTS, golden_in
from karat.golden.yardsticks import Yardstick
from karat.states import GapSumsState, ReferenceCounts
from karat.states.refined_cells import lifted, refined


class Refined(NamedTuple):
    """What is certain once so many `cells` are divided by all golden values inside them.

    `distance` is that of every golden value, exact but for ties in what midranks tell of rows
    between these. It hangs on no threshold: whatever asks next is answered too.
    """

    distance: Distance
    cells: int


class Finer(NamedTuple):
    """A `coarse` yardstick, and the same with `cells` of its cells divided by golden values."""

    coarse: Yardstick
    yardstick: Yardstick
    cells: int

    @classmethod
    def of(cls, one: Yardstick, full: ReferenceCounts, state: Any) -> Finer:
        """Return `one` as fine as `state` needs it; `full` are all its golden values.

        InputError when they are not. Only for kinds of `karat.golden.refinable`.
        """
        doubts = DOUBTS[one.rule.kind](one.rule, one.golden, unwrapped(one.rule, state))
        cells = refined(one.cells or full, full, doubts)
        fine = replace(one, golden=golden_in(one.rule, cells, full) if doubts.size else one.golden)
        return cls(one, fine, int(doubts.size))

    def lifted(self, state: Any) -> Any:
        """Return a state of the coarse yardstick's measure as one of the finer's.

        None where it has rows in a cell that was divided: those have to be looked at.
        """
        inner = unwrapped(self.coarse.rule, state)
        coarse, fine = self.coarse.cells, self.yardstick.cells
        if coarse is None or fine is None:
            return None
        found: Any = lifted(coarse, fine, inner.counts if _summed(inner) else inner)
        if found is not None and _summed(inner):
            found = replace(inner, counts=found)  # no row is where sums would differ
        return found if found is None or inner is state else replace(state, inner=found)


def _summed(state: Any) -> bool:
    return isinstance(state, GapSumsState)


def refined_distance(
    one: Yardstick, full: ReferenceCounts, state: Any, observe: Callable[[Measure], Any]
) -> Refined:
    """Return the exact distance of a candidate with this `state` of `one.measure()`.

    `observe` gives its state of a measure in finer cells; it is not asked where none is in doubt.
    """
    finer = Finer.of(one, full, state)
    ours = observe(finer.yardstick.measure()) if finer.cells else state
    return Refined(finer.yardstick.distance(ours), finer.cells)
