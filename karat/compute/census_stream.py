"""Censuses of two files read side by side, so that neither is in memory as a whole.

The state is that of both as wholes; where it would not be, there is none, and wholes are read.
"""

from __future__ import annotations

import numpy as np

from karat.compute.side_by_side import Source, Waiting, in_step
from karat.errors import InputError
from karat.states import PairedCensus, TradeCensus, TradeCensusState
from karat.states.census_past import NO_QUOTES, Past, Side
from karat.states.census_state import CensusState
from karat.states.trade_census import NO_TRADES, Span
from karat.states.trade_census import Side as TradeSide


def streamed(
    statistic: PairedCensus, candidate: Source[Side], golden: Source[Side]
) -> CensusState | None:
    """Return the census of `candidate` against `golden`, None where it must be taken of wholes.

    So it is where ids descend or rows are bad, which whoever sees all rows can tell better.
    """
    with (
        candidate.file.stream(candidate.columns) as ours,
        golden.file.stream(golden.columns) as theirs,
    ):
        waiting = (
            Waiting(candidate.pieces(ours.rows), NO_QUOTES),
            Waiting(golden.pieces(theirs.rows), NO_QUOTES),
        )
        try:
            return merged(statistic, *waiting)
        except InputError:
            return None


def merged(statistic: PairedCensus, ours: Waiting[Side], theirs: Waiting[Side]) -> CensusState:
    """Return the census of two sides in step; InputError where ids descend."""
    state, past = statistic.empty(), Past()
    for pair in in_step(ours, theirs):
        found, past = statistic.piece(past, *pair)
        state = statistic.merge(state, found)
    return state


def trades_streamed(
    statistic: TradeCensus, candidate: Source[TradeSide], golden: Source[TradeSide]
) -> TradeCensusState | None:
    """Return the census of trades, None as `streamed`, and where an id is there twice.

    Of those it matters in which order a state's offenders were met.
    """
    with (
        candidate.file.stream(candidate.columns) as ours,
        golden.file.stream(golden.columns) as theirs,
    ):
        waiting = (
            Waiting(candidate.pieces(ours.rows), NO_TRADES),
            Waiting(golden.pieces(theirs.rows), NO_TRADES),
        )
        try:
            return trades_merged(statistic, *waiting)
        except InputError:
            return None


def trades_merged(
    statistic: TradeCensus, ours: Waiting[TradeSide], theirs: Waiting[TradeSide]
) -> TradeCensusState:
    """Return the census of two sides in step; InputError where ids descend or repeat."""
    state = statistic.empty()
    for pair in in_step(ours, theirs):
        if any((np.diff(side.ids) == 0).any() for side in pair):
            raise InputError("an id is there twice")
        state = statistic.merge(state, statistic.piece(*pair, _span(ours), _span(theirs)))
    return state


def _span(side: Waiting[TradeSide]) -> Span:
    """Return the ids that a side is known to cover: more may come, as long as it is not done."""
    return None if side.first is None else (side.first, side.last)
