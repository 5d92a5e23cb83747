"""Old bytes of every state load for ever, and rows still give the states they once gave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from karat.errors import CorruptError
from karat.states import (
    ACF,
    STATISTICS,
    Atoms,
    Bars,
    BlockVar,
    BookLink,
    BookSteps,
    BottomK,
    Categories,
    ChunkCounts,
    Difference,
    Distinct,
    Drawdown,
    EffectiveRows,
    EpisodeLinks,
    EpisodeSteps,
    GapSums,
    InterArrival,
    Invariant,
    Magnitudes,
    MinimumValues,
    MinMax,
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
from karat.states.encoding import Reader, Writer

FORMATS = Path(__file__).parents[1] / "formats"


def feed() -> Any:
    rows = [(4, 1, 5), (1, 0, 10), (2, 8, 12), (2, 8, 12), (3, 0, 70), (2, 15, 20), (2, 19, 25)]
    rows += [(5, 19, 25), (3, 0, 72), (3, 0, 72), (0, 0, 25)]
    return Sequence().observe(*np.array(rows, np.int64).T)


def census() -> Any:
    golden = [(1, 9, 1, 10, 1), (2, 9, 2, 10, 1), (5, 8, 4, 10, 1), (9, 8, 4, 11, 1)]
    ours = [(1, 9, 1, 10, 1), (2, 9, 2, 10, 1), (6, 9, 2, 10, 1), (8, 8, 5, 10, 1)]
    return PairedCensus().observe(*(Quotes(*np.array(rows).T) for rows in (ours, golden)))


def trades() -> Any:
    golden = [(2, 9, 1, 1, 5), (3, 9, 1, 1, 5), (4, 9, 1, -1, 6), (6, 8, 2, 1, 9), (6, 8, 2, 1, 9)]
    ours = [(1, 9, 1, 1, 5), (2, 9, 7, 1, 5), (4, 9, 1, -1, 6), (5, 9, 1, 1, 7), (6, 8, 2, 1, -1)]
    return TradeCensus().observe(*(Trades(*np.array(rows).T) for rows in (ours, golden)))


GOLDEN = ReferenceCounts.from_golden(np.array([-(2**63), 1, 1, 5, 7, 7, 7, 2**63 - 1]), None)
COARSE = ReferenceCounts.from_golden(np.array([0.5, 0.5, 1.0, 2.0, -0.0]), 2)
ROWS = pa.array([1, 1, None, 3, 7, 2**63 - 1], pa.int64())


WALK = np.array([5, 7, 7, 2, -(2**63), 2**63 - 1, 40, 40, 41, 41, 41, 7])
CLOCK = np.arange(12) * 3 - 7
IDS = np.array([(5, 9), (-(2**63), -(2**62)), (9, 11), (8, 12), (20, 20)])
HALVES = np.array([0.5, np.nan, 0.75, -0.0, np.inf, 0.5])


BOOK = [(2, 1, 9, 4, 9, 4, 12, 1, 70), (2, 1, 10, 2, 10, 2, 12, 1, 71),
        (3, -1, 12, 1, 10, 2, 12, 1, 5), (2, -1, 11, 6, 10, 2, 12, 1, 72)]  # fmt: skip


EPISODES = [(1, 0, 0, 0, 5, 6, 70), (1, 1, 0, 1, 6, 0, 71), (2, 0, 0, 0, 1, 9, 72),
            (2, 2, 0, 0, 8, 8, 73)]  # fmt: skip


@dataclass(frozen=True)
class Example:
    """State of fixed rows, the file that holds it, and the start of the statistic's key."""

    statistic: Any
    state: Callable[[], Any]
    file: str
    key: str


EXAMPLES = [
    Example(GOLDEN, lambda: GOLDEN.observe(ROWS), "reference_counts_full-1", "8ba35e57946fc1b7"),
    Example(
        COARSE,
        lambda: COARSE.observe(np.array([0.75, 0.0, np.nan, 9.0])),
        "reference_counts_coarse-1",
        "1fba59e5e462d0c9",
    ),
    Example(Categories(), lambda: Categories().observe(ROWS), "categories-1", "6c26b90c03afa2b4"),
    Example(Sequence(), feed, "sequence-1", "8d0dfe11f72440c6"),
    Example(
        Invariant("<"),
        lambda: Invariant("<").observe(np.array([1, 9, 8]), 5, np.array([7, -(2**40), 9])),
        "invariant-1",
        "3200dd4408891fe2",
    ),
    Example(
        Ordering(rising=False),
        lambda: Ordering(rising=False).observe(WALK, CLOCK),
        "ordering-1",
        "9c584154a4e8659e",
    ),
    Example(
        NGramSketch(3, 4, changes=1),
        lambda: NGramSketch(3, 4, changes=1).observe(CLOCK, WALK),
        "ngram_sketch_changes-1",
        "831d970747cc0786",
    ),
    Example(Atoms(), lambda: Atoms().observe(ROWS), "atoms-1", "0c67f49e8b012c29"),
    Example(PowerSums(3), lambda: PowerSums(3).observe(ROWS), "power_sums-1", "d58bacaf532cffa8"),
    *(
        Example(stat, partial(stat.observe, WALK), f"{stat.name}-1", key)
        for stat, key in (
            (MinimumValues(4), "4e821ac0918eeefd"),
            (Windowed(2, Difference(), PowerSums()), "8be13f5454e0b720"),
            (Returns(3, GOLDEN), "f3f2f2ca5ae47d85"),
            (InterArrival(Categories()), "c935213482199622"),
            (VarianceRatio(2), "d70f7750db86dead"),
            (ACF(3), "dd096ac5d7a86bca"),
            (RunLength(), "f263bfd03519600d"),
            (NGramSketch(2, 5), "b0bce10a9bae2081"),
            (TopK(3), "2faf565abc57c7be"),
            (BottomK(3), "139bc56fc2c58db4"),
            (Distinct(4), "6ce93615c716e687"),
            (Drawdown(), "ba4752a96b90044a"),
            (GapSums(GOLDEN), "2e1499bb8ce3d0be"),
        )
    ),
    Example(
        BlockVar(GOLDEN, 5),
        lambda: BlockVar(GOLDEN, 5).observe(CLOCK, WALK),
        "block_variance-1",
        "50071d7a391d260f",
    ),
    Example(
        EffectiveRows(GOLDEN, 3),
        lambda: EffectiveRows(GOLDEN, 3).observe(CLOCK, WALK),
        "effective_rows-1",
        "a2f834c66bedee02",
    ),
    Example(
        ChunkCounts(GOLDEN, 22),
        lambda: ChunkCounts(GOLDEN, 22).observe(CLOCK, WALK),
        "chunk_counts-1",
        "847d6c3404ce02c7",
    ),
    Example(
        BookSteps(),
        lambda: BookSteps().observe(*np.array(BOOK).T),
        "book_steps-1",
        "b23bac247b5b7ce2",
    ),
    *(
        Example(stat, partial(stat.observe, *columns), f"{stat.name}-1", key)
        for stat, columns, key in (
            (StratCounts(GOLDEN, COARSE), (WALK[:6], HALVES), "132fdf202592f8e8"),
            (Transition(), (CLOCK // 5,), "6f82ffad282c1c1d"),
            (MinMax(), (ROWS, CLOCK[:6]), "1b847f835ebb2a07"),
            (SeqIntervals(), (IDS[:, 0], IDS[:, 1]), "11050d4459d036e8"),
            (Response(2), (CLOCK % 3 - 1, WALK), "12d46bdd283f016b"),
            (Bars(9, "range", PowerSums()), (CLOCK, WALK, WALK), "932531aedb7f2cd6"),
            (EpisodeSteps(), np.array(EPISODES).T, "0f310ff39fcb2ab9"),
            (EpisodeLinks(1), np.array(EPISODES).T, "ad46d7581b926b52"),
            (BookLink(), (["a", "b", "größe"], ["b", "c", "d"]), "c9ad6c8d4fcf1186"),
        )
    ),
    Example(
        SpecialValues(),
        lambda: SpecialValues().observe(HALVES),
        "special_values-1",
        "ffdae64ae8d98a31",
    ),
    Example(Magnitudes(), lambda: Magnitudes().observe(HALVES), "magnitudes-1", "1b6f4a9bd5fb1631"),
    Example(PairedCensus(), census, "paired_census-2", "ae1b42b51eca1d6b"),
    Example(TradeCensus(), trades, "trade_census-1", "51a67656eba4e549"),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.file)
def test_old_states_load(example: Example) -> None:
    data = (FORMATS / f"{example.file}.bin").read_bytes()
    assert example.statistic.decode(data) == example.state()
    assert example.statistic.key().startswith(example.key)


def test_a_census_of_version_1_loads_without_where_its_runs_begin() -> None:
    old = PairedCensus().decode((FORMATS / "paired_census-1.bin").read_bytes())
    now = census()
    assert now.longest_first == now.offenders[0]
    assert old == replace(now, head_first=None, tail_first=None, longest_first=None)


@pytest.mark.parametrize(("stat", "file"), [(GOLDEN, "cells_full-1"), (COARSE, "cells_coarse-1")])
def test_old_golden_cells_load(stat: ReferenceCounts, file: str) -> None:
    assert ReferenceCounts.from_bytes((FORMATS / f"{file}.bin").read_bytes()) == stat


def test_every_statistic_has_an_example() -> None:
    assert {type(example.statistic) for example in EXAMPLES} == set(STATISTICS.values())


def test_fields_come_back_as_they_were_written() -> None:
    numbers = (0, 1, -1, 127, 128, -128, -129, 2**63, -(2**200))
    array = np.array([5, -(2**63), 2**63 - 1])
    writer = Writer(3).integers(*numbers).text("größe").array(array).array(array, ascending=True)
    reader = Reader(writer.optional(None).optional((4, 5)).data(), 3, "example")
    assert reader.integers(len(numbers)) == numbers
    assert reader.text() == "größe"
    assert reader.array().tolist() == reader.array(ascending=True).tolist() == array.tolist()
    assert (reader.optional(2), reader.optional(2)) == (None, (4, 5))
    reader.end()


@pytest.mark.parametrize(
    "change",
    [lambda b: b[:-3], lambda b: b[:30] + b"\xff" + b[31:]],
    ids=["cut short", "one byte changed"],
)
def test_broken_arrays_are_refused(change: Callable[[bytes], bytes]) -> None:
    data = Writer(1).array(np.arange(1000)).data()
    with pytest.raises(CorruptError, match="example"):
        Reader(change(data), 1, "example").array()


def test_states_of_other_cells_are_refused() -> None:
    with pytest.raises(CorruptError, match="other cells"):
        COARSE.decode(GOLDEN.encode(GOLDEN.observe(ROWS)))
    with pytest.raises(CorruptError, match="belong together"):
        ReferenceCounts.from_bytes(
            Writer(1).text("int64").array(np.arange(3)).array(np.arange(3)).data()
        )
