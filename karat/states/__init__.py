"""Takes columns; gives small states that merge exactly, however the rows were cut."""

from typing import Any

from karat.states.atoms import Atoms, heaviest
from karat.states.autocorrelation import ACF, AcfState
from karat.states.block_variance import (
    BlockVar,
    BlockVarState,
    block_widths,
    least_effective_rows,
)
from karat.states.book_steps import BookSteps
from karat.states.categories import Categories, LastDigits, last_digits
from karat.states.census import PairedCensus, Quotes
from karat.states.census_state import CensusState, Offender
from karat.states.counts import Counts
from karat.states.difference import Difference, Even, Movement, differences
from karat.states.effective_rows import Clocked, EffectiveRows
from karat.states.inter_arrival import InterArrival
from karat.states.invariant import Invariant, InvariantState
from karat.states.minimum_values import MinimumValues
from karat.states.ngrams import NGramSketch
from karat.states.ordering import Ordering, OrderingState
from karat.states.power_sums import PowerSums, PowerSumsState
from karat.states.reference_counts import ReferenceCounts
from karat.states.returns import Returns
from karat.states.run_length import RunLength, RunLengthState
from karat.states.sequence import Sequence
from karat.states.sequence_state import SequenceState, Tally
from karat.states.statistic import Statistic
from karat.states.trade_census import TradeCensus, Trades
from karat.states.trade_census_state import TradeCensusState, TradeOffender
from karat.states.variance_ratio import VarianceRatio, VarianceRatioState
from karat.states.windowed import Windowed, WindowedState, WindowFunction

__all__ = [
    "ACF",
    "STATISTICS",
    "AcfState",
    "Atoms",
    "BlockVar",
    "BlockVarState",
    "BookSteps",
    "Categories",
    "CensusState",
    "Clocked",
    "Counts",
    "Difference",
    "EffectiveRows",
    "Even",
    "InterArrival",
    "Invariant",
    "InvariantState",
    "LastDigits",
    "MinimumValues",
    "Movement",
    "NGramSketch",
    "Offender",
    "Ordering",
    "OrderingState",
    "PairedCensus",
    "PowerSums",
    "PowerSumsState",
    "Quotes",
    "ReferenceCounts",
    "Returns",
    "RunLength",
    "RunLengthState",
    "Sequence",
    "SequenceState",
    "Statistic",
    "Tally",
    "TradeCensus",
    "TradeCensusState",
    "TradeOffender",
    "Trades",
    "VarianceRatio",
    "VarianceRatioState",
    "WindowFunction",
    "Windowed",
    "WindowedState",
    "block_widths",
    "differences",
    "heaviest",
    "last_digits",
    "least_effective_rows",
]

STATISTICS: dict[str, type[Any]] = {
    statistic.name: statistic
    for statistic in (
        ReferenceCounts,
        Categories,
        Atoms,
        PowerSums,
        Windowed,
        Returns,
        InterArrival,
        VarianceRatio,
        ACF,
        RunLength,
        NGramSketch,
        MinimumValues,
        BlockVar,
        EffectiveRows,
        BookSteps,
        Sequence,
        Invariant,
        Ordering,
        PairedCensus,
        TradeCensus,
    )
}
"""Every statistic by its name."""
