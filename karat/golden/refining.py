"""A certified distance made exact: rows are counted again, in the few cells that leave a doubt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from karat.contracts import Measure
from karat.distances import Distance
from karat.golden.metering import unwrapped
from karat.golden.refinable import DOUBTS
from karat.golden.yardsticks import Yardstick
from karat.states import ReferenceCounts
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
        fine = replace(one, golden=refined(one.golden, full, doubts))
        return cls(one, fine, int(doubts.size))

    def lifted(self, state: Any) -> Any:
        """Return a state of the coarse yardstick's measure as one of the finer's.

        None where it has rows in a cell that was divided: those have to be looked at.
        """
        counts = unwrapped(self.coarse.rule, state)
        found = lifted(self.coarse.golden, self.yardstick.golden, counts)
        if found is None or counts is state:
            return found
        return replace(state, inner=found)


def refined_distance(
    one: Yardstick, full: ReferenceCounts, state: Any, observe: Callable[[Measure], Any]
) -> Refined:
    """Return the exact distance of a candidate with this `state` of `one.measure()`.

    `observe` gives its state of a measure in finer cells; it is not asked where none is in doubt.
    """
    finer = Finer.of(one, full, state)
    ours = observe(finer.yardstick.measure()) if finer.cells else state
    return Refined(finer.yardstick.distance(ours), finer.cells)
