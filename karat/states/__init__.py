"""Takes columns; gives small states that merge exactly, however the rows were cut."""

from typing import Any

from karat.states.categories import Categories
from karat.states.census import PairedCensus, Quotes
from karat.states.census_state import CensusState, Offender
from karat.states.counts import Counts
from karat.states.invariant import Invariant, InvariantState
from karat.states.reference_counts import ReferenceCounts
from karat.states.sequence import Sequence
from karat.states.sequence_state import SequenceState, Tally
from karat.states.statistic import Statistic

__all__ = [
    "STATISTICS",
    "Categories",
    "CensusState",
    "Counts",
    "Invariant",
    "InvariantState",
    "Offender",
    "PairedCensus",
    "Quotes",
    "ReferenceCounts",
    "Sequence",
    "SequenceState",
    "Statistic",
    "Tally",
]

STATISTICS: dict[str, type[Any]] = {
    "reference_counts": ReferenceCounts,
    "categories": Categories,
    "sequence": Sequence,
    "invariant": Invariant,
    "paired_census": PairedCensus,
}
