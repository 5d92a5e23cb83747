"""Takes columns; gives small states that merge exactly, however the rows were cut."""

from typing import Any

from karat.states.atoms import Atoms, heaviest
from karat.states.autocorrelation import ACF, AcfState
from karat.states.bar import Bar
from karat.states.bars import Bars, BarsState
from karat.states.block_variance import (
    BlockVar,
    BlockVarState,
    block_widths,
    least_effective_rows,
)
from karat.states.book_link import BookLink, BookLinkState, Break
from karat.states.book_steps import BookSteps
from karat.states.categories import Categories, LastDigits, last_digits
from karat.states.census import PairedCensus, Quotes
from karat.states.census_state import CensusState, Offender
from karat.states.chunk_counts import ChunkCounts, Chunks
from karat.states.counts import Counts
from karat.states.difference import Difference, Even, Movement, differences
from karat.states.distinct import Distinct, DistinctState
from karat.states.distinct_count import Between
from karat.states.drawdown import Drawdown, DrawdownState
from karat.states.effective_rows import Clocked, EffectiveRows
from karat.states.episodes import EpisodeLinks, EpisodeSteps
from karat.states.extremes import BottomK, TopK
from karat.states.gap_sums import GapSums, GapSumsState
from karat.states.inter_arrival import InterArrival
from karat.states.invariant import Invariant, InvariantState
from karat.states.magnitudes import Magnitudes, MagnitudesState
from karat.states.min_max import Extreme, MinMax, MinMaxState
from karat.states.minimum_values import MinimumValues
from karat.states.ngrams import NGramSketch
from karat.states.ordering import Ordering, OrderingState
from karat.states.power_sums import PowerSums, PowerSumsState
from karat.states.reference_counts import ReferenceCounts
from karat.states.response import Response
from karat.states.returns import Returns
from karat.states.run_length import RunLength, RunLengthState
from karat.states.seq_intervals import SeqIntervals, SeqIntervalsState
from karat.states.sequence import Sequence
from karat.states.sequence_state import SequenceState, Tally
from karat.states.special_values import SpecialValues
from karat.states.statistic import Statistic
from karat.states.strat_counts import StratCounts
from karat.states.tail_index import hill
from karat.states.trade_census import TradeCensus, Trades
from karat.states.trade_census_state import TradeCensusState, TradeOffender
from karat.states.transition import Transition
from karat.states.variance_ratio import VarianceRatio, VarianceRatioState
from karat.states.windowed import Windowed, WindowedState, WindowFunction

__all__ = [
    "ACF",
    "STATISTICS",
    "AcfState",
    "Atoms",
    "Bar",
    "Bars",
    "BarsState",
    "Between",
    "BlockVar",
    "BlockVarState",
    "BookLink",
    "BookLinkState",
    "BookSteps",
    "BottomK",
    "Break",
    "Categories",
    "CensusState",
    "ChunkCounts",
    "Chunks",
    "Clocked",
    "Counts",
    "Difference",
    "Distinct",
    "DistinctState",
    "Drawdown",
    "DrawdownState",
    "EffectiveRows",
    "EpisodeLinks",
    "EpisodeSteps",
    "Even",
    "Extreme",
    "GapSums",
    "GapSumsState",
    "InterArrival",
    "Invariant",
    "InvariantState",
    "LastDigits",
    "Magnitudes",
    "MagnitudesState",
    "MinMax",
    "MinMaxState",
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
    "Response",
    "Returns",
    "RunLength",
    "RunLengthState",
    "SeqIntervals",
    "SeqIntervalsState",
    "Sequence",
    "SequenceState",
    "SpecialValues",
    "Statistic",
    "StratCounts",
    "Tally",
    "TopK",
    "TradeCensus",
    "TradeCensusState",
    "TradeOffender",
    "Trades",
    "Transition",
    "VarianceRatio",
    "VarianceRatioState",
    "WindowFunction",
    "Windowed",
    "WindowedState",
    "block_widths",
    "differences",
    "heaviest",
    "hill",
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
        ChunkCounts,
        BookSteps,
        Sequence,
        Invariant,
        Ordering,
        PairedCensus,
        TradeCensus,
        StratCounts,
        Transition,
        MinMax,
        TopK,
        BottomK,
        Distinct,
        SeqIntervals,
        Response,
        Bars,
        BookLink,
        Drawdown,
        GapSums,
        SpecialValues,
        Magnitudes,
        EpisodeSteps,
        EpisodeLinks,
    )
}
"""Every statistic by its name."""
