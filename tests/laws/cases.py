"""A case of every statistic: its parameters, and rows for it that are hard to get right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from karat.states import (
    ACF,
    Atoms,
    BlockVar,
    BookSteps,
    Categories,
    Clocked,
    Difference,
    EffectiveRows,
    Even,
    InterArrival,
    Invariant,
    LastDigits,
    MinimumValues,
    Movement,
    NGramSketch,
    Ordering,
    PairedCensus,
    PowerSums,
    Quotes,
    ReferenceCounts,
    Returns,
    RunLength,
    Sequence,
    TradeCensus,
    Trades,
    VarianceRatio,
    Windowed,
)

EXTREMES = np.array([-(2**63), -(2**63) + 1, -1, 0, 1, 2**63 - 2, 2**63 - 1], np.int64)
Columns = tuple[Any, ...]
Rows = Callable[[Generator, int], Columns]


@dataclass(frozen=True)
class Case:
    """A statistic and rows for it; `sliceable` rows may be cut anywhere."""

    statistic: Any
    rows: Rows
    sliceable: bool = True

    def split(self, seed: int, size: int, pieces: int) -> tuple[Columns, list[Columns]]:
        generator = default_rng(seed)
        columns = self.rows(generator, size)
        cuts = [0, *sorted(generator.integers(0, size + 1, pieces - 1)), size]
        spans = pairwise(cuts)
        return columns, [tuple(c[a:b] for c in columns) for a, b in spans]

    def states(self, seed: int, size: int, pieces: int) -> list[Any]:
        if self.sliceable:
            _, parts = self.split(seed, size, pieces)
        else:
            parts = [self.rows(default_rng([seed, i]), size) for i in range(pieces)]
        return [self.statistic.observe(*part) for part in parts]


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


def located(rng: Generator, size: int) -> Columns:
    values = rng.integers(-1, 4, size).cumsum()
    return pa.array(values, mask=rng.random(size) < 0.3), rng.integers(-9, 9, size)


def feed_of_values(rng: Generator, size: int) -> Columns:
    return rng.integers(-1, 5, size).cumsum(), rng.integers(0, 9, size)


def booked(rng: Generator, size: int) -> Columns:
    kinds, sides = rng.integers(0, 5, size), rng.choice([-1, 1], size)
    best = (pa.array(rng.integers(0, 3, size), mask=rng.random(size) < 0.2) for _ in range(4))
    return kinds, sides, rng.integers(0, 3, size), rng.integers(0, 2, size), *best, np.arange(size)


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
    Case(BookSteps(), booked),
    Case(Sequence(), feed),
    *(Case(Invariant(op), comparison) for op in ("<", "!=")),
    *(Case(Ordering(rising), located) for rising in (False, True)),
    Case(NGramSketch(3, 16, changes=1), feed_of_values),
    Case(PairedCensus(), census, sliceable=False),
    Case(TradeCensus(), traded, sliceable=False),
]
