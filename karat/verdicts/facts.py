"""What was measured of a partition, and by which no threshold was asked.

Thresholds, tolerances, severities, roles and alpha decide about these numbers and change none of
them: a partition whose numbers are kept is judged again under others without its rows or states.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from karat.contracts import COPIES, Contract, Measure
from karat.contracts.episodes_rule import WHOLE_EPISODES
from karat.distances import Distance
from karat.golden import Refined, Yardstick, effective_rows
from karat.states import EpisodeSteps, InvariantState, TradeCensusState
from karat.states.census_state import CensusState
from karat.states.sequence_state import SequenceState
from karat.verdicts.copies import Copied, copied
from karat.verdicts.stretches import Profile

OURS = ("invariants", COPIES)
States = Mapping[tuple[str, str], Any]


class Far(NamedTuple):
    """A distance from golden, what rows are worth where that was asked, and its stretches.

    `cut` says whether stretches of the day were counted, `profile` is None where none has rows
    enough. `refined` is the distance by all golden values, where that was asked before.
    """

    distance: Distance
    effective_rows: Fraction | None = None
    cut: bool = False
    profile: Profile | None = None
    refined: Refined | None = None


class Facts(NamedTuple):
    """What is known of a partition: `kept` by rule on rows, `far` by distance.

    `copies`, `sequence` and the two censuses are None where nothing was asked or nothing was there
    to hold rows against.
    """

    kept: Mapping[str, InvariantState] = {}
    copies: Copied | None = None
    sequence: SequenceState | None = None
    census: CensusState | None = None
    trades: TradeCensusState | None = None
    far: Mapping[str, Far] = {}

    def with_refined(self, known: Mapping[str, Refined]) -> Facts:
        """Return the facts with the exact distances of these names."""
        more = {name: self.far[name]._replace(refined=one) for name, one in known.items()}
        return self._replace(far={**self.far, **more})


def facts_of(
    contract: Contract,
    states: Sequence[tuple[Measure, Any]],
    census: CensusState | None,
    held: Mapping[str, Yardstick],
    trades: TradeCensusState | None = None,
) -> Facts:
    """Return what states show; `held` are the yardsticks that the contract asks for.

    `census` and `trades` are None where there is no golden capture of the interval.
    """
    by_name: States = {(m.family, m.name): state for m, state in states}
    rules = [one.name for one in contract.laws] + [one.name for one in contract.ordering]
    kept = {name: by_name["invariants", name] for name in rules}
    if contract.book:
        kept[contract.book.name] = by_name["invariants", contract.book.name].inner
    for rule in contract.episodes.steps() if contract.episodes else ():
        kept[rule.name] = _steps(
            by_name["invariants", rule.name], whole=rule.name == WHOLE_EPISODES
        )
    found = None
    if contract.copies:
        ours = next((m, state) for m, state in states if (m.family, m.name) == OURS)
        found = copied(ours, by_name.get(("before", COPIES)))
    return Facts(
        {name: InvariantState(s.checked, s.violations, s.first) for name, s in kept.items()},
        found,
        by_name["sequence", "sequence"] if contract.sequence else None,
        census,
        trades,
        {name: _far(name, one, by_name) for name, one in held.items()},
    )


def _steps(state: Any, *, whole: bool) -> InvariantState:
    return EpisodeSteps().whole(state) if whole else state.inner


def _far(name: str, one: Yardstick, by_name: States) -> Far:
    blocks = by_name.get(("effective", name))
    worth = None if blocks is None else effective_rows(one.rule, blocks)
    by_chunk = by_name.get(("chunks", name))
    cut = one.chunks is not None and by_chunk is not None
    profile = one.profile(by_chunk) if cut else None
    return Far(one.distance(by_name["unpaired", name]), worth, cut, profile)
