"""Censuses of two files read side by side, so that neither is in memory as a whole.

The state is that of both as wholes; where it would not be, there is none, and wholes are read.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np

from karat.compute.side_by_side import R, Source, Waiting, in_step
from karat.errors import InputError
from karat.states import PairedCensus, TradeCensus, TradeCensusState
from karat.states.census_past import NO_QUOTES, Past, Side
from karat.states.census_state import CensusState
from karat.states.trade_census import NO_TRADES, Span
from karat.states.trade_census import Side as TradeSide

T = TypeVar("T")


def streamed(
    statistic: PairedCensus, candidate: Source[Side], golden: Source[Side]
) -> CensusState | None:
    """Return the census of `candidate` against `golden`, None where it must be taken of wholes.

    So it is where ids descend or rows are bad, which whoever sees all rows can tell better.
    """
    return _in_step(candidate, golden, NO_QUOTES, partial(merged, statistic))


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
    return _in_step(candidate, golden, NO_TRADES, partial(trades_merged, statistic))


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


def _in_step(
    candidate: Source[R], golden: Source[R], nothing: R, take: Callable[[Waiting[R], Waiting[R]], T]
) -> T | None:
    """Return what `take` finds in both files, `nothing` being no rows; None if it refuses them."""
    with (
        candidate.file.stream(candidate.columns) as ours,
        golden.file.stream(golden.columns) as theirs,
    ):
        sides = candidate.pieces(ours.rows), golden.pieces(theirs.rows)
        try:
            return take(*(Waiting(side, nothing) for side in sides))
        except InputError:
            return None
