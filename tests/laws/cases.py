"""A case of every statistic: its parameters, and rows for it that are hard to get right."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from karat.states import (
    ACF,
    Atoms,
    Bars,
    BlockVar,
    BookLink,
    BookSteps,
    BottomK,
    Categories,
    ChunkCounts,
    Clocked,
    Difference,
    Distinct,
    Drawdown,
    EffectiveRows,
    EpisodeLinks,
    EpisodeSteps,
    Even,
    GapSums,
    InterArrival,
    Invariant,
    LastDigits,
    Magnitudes,
    MinimumValues,
    MinMax,
    Movement,
    NGramSketch,
    Ordering,
    PairedCensus,
    PowerSums,
    Quotes,
    ReferenceCounts,
    Response,
    Returns,
    RunLength,
    SeqIntervals,
    Sequence,
    SpecialValues,
    StratCounts,
    TopK,
    TradeCensus,
    Trades,
    Transition,
    VarianceRatio,
    Windowed,
)
from karat.states.testing import Case, Columns, Rows

EXTREMES = np.array([-(2**63), -(2**63) + 1, -1, 0, 1, 2**63 - 2, 2**63 - 1], np.int64)


def tied_floats(rng: Generator, size: int) -> Columns:
    odd = [np.nan, np.inf, -np.inf, -0.0, 0.0, 0.25, 1.5, -3.0]
    return (rng.choice(np.append(odd, rng.normal(size=8)), size),)


def tied_integers(rng: Generator, size: int) -> Columns:
    return (
        np.where(rng.random(size) < 0.3, rng.choice(EXTREMES, size), rng.integers(-5, 20, size)),
    )


def nullable(rng: Generator, size: int) -> Columns:
    values = rng.integers(-3, 12, size)
    return (pa.chunked_array([pa.array(values, mask=rng.random(size) < 0.3)]),)


def feed(rng: Generator, size: int) -> Columns:
    kinds = rng.choice([0, 1, 2, 2, 2, 2, 3, 3, 4, 5], size).astype(np.int8)
    ids = rng.integers(0, 3, size).cumsum()
    return kinds, ids - rng.integers(0, 4, size), ids


def pairs(rng: Generator, size: int) -> Columns:
    return rng.integers(0, 2, size), rng.integers(0, 2, size)


def clocked(rng: Generator, size: int) -> Columns:
    # Now and then the clock goes back, which must not depend on where rows are cut either.
    return rng.integers(-1, 5, size).cumsum(), *nullable(rng, size)


def gaps_in_the_clock(rng: Generator, size: int) -> Columns:
    times, values = clocked(rng, size)
    return pa.array(9 * times, mask=rng.random(size) < 0.1), values


def located(rng: Generator, size: int) -> Columns:
    values = rng.integers(-1, 4, size).cumsum()
    return pa.array(values, mask=rng.random(size) < 0.3), rng.integers(-9, 9, size)


def feed_of_values(rng: Generator, size: int) -> Columns:
    return rng.integers(-1, 5, size).cumsum(), rng.integers(0, 9, size)


def booked(rng: Generator, size: int) -> Columns:
    kinds, sides = rng.integers(0, 5, size), rng.choice([-1, 1], size)
    best = (pa.array(rng.integers(0, 3, size), mask=rng.random(size) < 0.2) for _ in range(4))
    return kinds, sides, rng.integers(0, 3, size), rng.integers(0, 2, size), *best, np.arange(size)


def short_episodes(rng: Generator, size: int) -> Columns:
    place = rng.integers(0, 2, (4, size))
    seen = (pa.array(rng.integers(0, 2, size), mask=rng.random(size) < 0.2) for _ in "ab")
    return *place, *seen, np.arange(size)


def comparison(rng: Generator, size: int) -> Columns:
    left, right = (pa.array(rng.integers(0, 5, size), mask=rng.random(size) < 0.2) for _ in "lr")
    return left, right, np.arange(size)


def quotes(rng: Generator, size: int) -> Quotes:
    def steps(share: float) -> NDArray[np.int64]:
        return np.asarray((rng.random(size) < share).cumsum() % 3)

    return Quotes(rng.integers(0, 3, size).cumsum(), *(steps(0.3) for _ in range(4)))


def census(rng: Generator, size: int) -> Columns:
    return quotes(rng, size), quotes(rng, size)


def traded(rng: Generator, size: int) -> Columns:
    """Trades of two captures that begin and end apart, lose, repeat and change some."""

    def side(first: int) -> Trades:
        ids = first + rng.integers(0, 3, size).cumsum()
        fields = (pa.array(rng.integers(0, 2, size), mask=rng.random(size) < 0.1) for _ in "psdt")
        return Trades(ids, *fields)

    return side(0), side(int(rng.integers(0, 5)))


def within_32_bits(rng: Generator, size: int) -> Columns:
    return (np.where(rng.random(size) < 0.9, rng.integers(-2, 3, size), -(2**31)),)


def two_nullable(rng: Generator, size: int) -> Columns:
    (floats,), (whole,) = tied_floats(rng, size), nullable(rng, size)
    return floats, whole


def extremes_located(rng: Generator, size: int) -> Columns:
    (values,) = tied_integers(rng, size)
    return pa.array(values, mask=rng.random(size) < 0.3), rng.integers(-9, 9, size)


def ids_of_messages(rng: Generator, size: int) -> Columns:
    """Messages that mostly follow one another, some lost, some twice, some at the ends of int64."""
    before = rng.integers(0, 3 * size + 1, size)
    last = before + rng.integers(0, 6, size)
    far = rng.random(size) < 0.02
    return np.where(far, -(2**63), before), np.where(far & (before % 2 == 0), 2**63 - 1, last)


def signed_prices(rng: Generator, size: int) -> Columns:
    return rng.integers(-1, 2, size), *tied_integers(rng, size)


def trades_on_a_clock(rng: Generator, size: int) -> Columns:
    (price,), (lots,) = tied_integers(rng, size), tied_integers(rng, size)
    return rng.integers(-1, 5, size).cumsum(), price, lots


def books(rng: Generator, size: int) -> Columns:
    opening = rng.choice(["a", "b", "c"], size, p=[0.8, 0.1, 0.1])
    return opening, rng.choice(["a", "b"], size, p=[0.8, 0.2])


def golden_of(rows: Rows, cells: int | None) -> ReferenceCounts:
    return ReferenceCounts.from_golden(rows(default_rng(99), 200)[0], cells)


CASES = [
    Case(golden_of(tied_integers, None), tied_integers),
    Case(golden_of(tied_integers, 4), tied_integers),
    Case(golden_of(tied_floats, None), tied_floats),
    Case(golden_of(tied_floats, 3), tied_floats),
    Case(golden_of(nullable, 5), nullable),
    Case(Categories(), nullable),
    Case(Categories(), tied_integers),
    Case(Atoms(), tied_integers),
    Case(PowerSums(4), nullable),
    Case(MinimumValues(5), tied_integers),
    Case(Windowed(3, Difference(), PowerSums(4)), tied_integers),
    Case(Windowed(1, Difference(), Categories()), tied_integers),
    Case(Windowed(3, Movement(), ACF(2)), tied_integers),
    Case(Windowed(2, Difference(), RunLength()), tied_integers),
    Case(Windowed(1, LastDigits(1), Categories()), tied_integers),
    Case(Windowed(3, Even(), Categories()), tied_integers),
    Case(Returns(4, golden_of(tied_integers, None)), tied_integers),
    Case(InterArrival(Categories()), tied_integers),
    Case(VarianceRatio(3), tied_integers),
    Case(ACF(4), tied_integers),
    Case(RunLength(), pairs),
    Case(NGramSketch(3, 16), pairs),
    Case(BlockVar(golden_of(nullable, 5), 4), clocked),
    Case(EffectiveRows(golden_of(nullable, 5), 2), clocked),
    Case(Windowed(2, Clocked(Difference()), EffectiveRows(golden_of(pairs, 5), 2)), feed_of_values),
    Case(ChunkCounts(golden_of(nullable, 5), 22), gaps_in_the_clock),
    Case(Windowed(2, Clocked(Difference()), ChunkCounts(golden_of(pairs, 5), 22)), feed_of_values),
    Case(BookSteps(), booked),
    Case(EpisodeSteps(), short_episodes),
    Case(EpisodeLinks(1), short_episodes),
    Case(Sequence(), feed),
    *(Case(Invariant(op), comparison) for op in ("<", "!=")),
    *(Case(Ordering(rising), located) for rising in (False, True)),
    Case(NGramSketch(3, 16, changes=1), feed_of_values),
    Case(StratCounts(golden_of(tied_floats, None), golden_of(nullable, 3)), two_nullable),
    Case(Transition(), within_32_bits),
    Case(MinMax(), extremes_located),
    *(Case(extremes(5), tied_integers) for extremes in (TopK, BottomK)),
    *(Case(Distinct(size), nullable) for size in (4, 64)),
    Case(SeqIntervals(), ids_of_messages),
    Case(Response(3), signed_prices),
    Case(Bars(4, "range", Categories()), trades_on_a_clock),
    Case(Bars(5, "volume", ACF(2)), trades_on_a_clock),
    Case(BookLink(), books),
    Case(Drawdown(), tied_integers),
    *(Case(GapSums(golden_of(tied_integers, cells)), tied_integers) for cells in (None, 4)),
    Case(GapSums(golden_of(nullable, 3)), nullable),
    *(Case(Magnitudes(), rows) for rows in (tied_floats, nullable, tied_integers)),
    *(Case(SpecialValues(), rows) for rows in (tied_floats, nullable)),
    Case(PairedCensus(), census, sliceable=False),
    Case(TradeCensus(), traded, sliceable=False),
]
