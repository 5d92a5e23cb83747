"""Every decoder against bytes that were cut, changed or made up: CorruptError, or a state."""

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest

from karat.errors import CorruptError
from karat.golden import GoldenManifest
from karat.messages import Carry
from karat.states import (
    ACF,
    BlockVar,
    Categories,
    InterArrival,
    Invariant,
    InvariantState,
    NGramSketch,
    PairedCensus,
    PowerSums,
    Quotes,
    ReferenceCounts,
    RunLength,
    Sequence,
    TradeCensus,
    Trades,
    VarianceRatio,
)
from karat.states.encoding import Reader, Writer
from tests.laws.cases import CASES as LAWFUL

Decode = Callable[[bytes], Any]
DRAWN = (
    *("strat_counts", "transition", "min_max", "top_k", "bottom_k", "distinct", "seq_intervals"),
    *("response", "bars", "book_link", "drawdown"),
)
"""Statistics whose states are of rows drawn as for the laws."""
FLOATS = ReferenceCounts.from_golden(np.array([-np.inf, 0.5, 0.5, 3.0]), None)
BOOK = Carry(7, *(np.array(side) for side in ([1, 2], [3, 4], [9, 8], [1, 1])))


def quotes(*ids: int) -> Quotes:
    return Quotes(np.array(ids), *(np.array(ids) % n for n in (2, 3, 4, 5)))


def traded(*ids: int) -> Trades:
    columns = [np.array([trade_id % n for trade_id in ids]) for n in (2, 3, 4, 5)]
    return Trades(np.array(ids), *columns)


def feed() -> Any:
    rows = [(1, 0, 10), (2, 8, 12), (3, 0, 70), (2, 15, 20), (2, 19, 25), (5, 19, 25), (3, 0, 72)]
    return Sequence().observe(*np.array(rows).T)


WALK = np.array([5, 7, 7, 2, -(2**63), 2**63 - 1, 40, 40, 41, 41, 41, 7])
WALKED: tuple[Any, ...] = (
    *(PowerSums(4), InterArrival(Categories()), VarianceRatio(2), ACF(3)),
    *(RunLength(), NGramSketch(2, 5)),
)
CLOCKED = BlockVar(ReferenceCounts.from_golden(WALK, 3), 5)

CASES: dict[str, tuple[Decode, bytes]] = {
    "counts": (FLOATS.decode, FLOATS.encode(FLOATS.observe(np.array([0.5, np.nan, 9])))),
    "cells": (ReferenceCounts.from_bytes, FLOATS.to_bytes()),
    "categories": (Categories().decode, Categories().encode(Categories().observe(np.arange(9)))),
    "sequence": (Sequence().decode, Sequence().encode(feed())),
    "invariant": (Invariant("<").decode, Invariant("<").encode(InvariantState(9, 3, -70_000))),
    "census": (
        PairedCensus().decode,
        PairedCensus().encode(PairedCensus().observe(quotes(1, 2, 5, 6, 9), quotes(1, 3, 4, 8))),
    ),
    "trades": (
        TradeCensus().decode,
        TradeCensus().encode(TradeCensus().observe(traded(1, 2, 5, 6, 9), traded(1, 3, 5, 9, 9))),
    ),
    **{stat.name: (stat.decode, stat.encode(stat.observe(WALK))) for stat in WALKED},
    "blocks": (CLOCKED.decode, CLOCKED.encode(CLOCKED.observe(np.arange(12) * 3, WALK))),
    **{
        case.statistic.name: (case.statistic.decode, case.statistic.encode(*case.states(3, 30, 1)))
        for case in LAWFUL
        if case.statistic.name in DRAWN
    },
    "carry": (lambda data: Carry.decode(data, BOOK.digest), BOOK.encode()),
    "manifest": (
        lambda data: GoldenManifest.decode(data, {}),
        GoldenManifest("d", {}, (), ()).encode(),
    ),
}
EVERY = pytest.mark.parametrize("name", CASES)


def decoded(name: str, data: bytes) -> Any:
    """Return what the bytes mean, or None where they are refused as they should be."""
    try:
        return CASES[name][0](data)
    except CorruptError:
        return None


def changed(random: Random, data: bytes) -> bytes:
    """Return `data` with some bytes changed, doubled, dropped or put in."""
    new = bytearray(data)
    for _ in range(random.choice([1, 1, 1, 2, 8])):
        at = random.randrange(len(new))
        how = random.randrange(4)
        if how == 0:
            del new[at]
        elif how == 1:
            new.insert(at, random.randrange(256))
        else:
            new[at] = random.randrange(256) if how == 2 else new[at] ^ (1 << random.randrange(8))
    return bytes(new)


@EVERY
def test_bytes_cut_anywhere_are_corrupt(name: str) -> None:
    data = CASES[name][1]
    assert decoded(name, data) is not None
    # Of a JSON text, the newline at its end says nothing.
    for at in range(len(data) - (name == "manifest")):
        assert decoded(name, data[:at]) is None


@EVERY
@pytest.mark.parametrize("seed", range(3))
def test_changed_bytes_are_corrupt_or_another_state(name: str, seed: int) -> None:
    random, (_, data) = Random(seed), CASES[name]  # noqa: S311 - the same on every run
    refused = [decoded(name, changed(random, data)) is None for _ in range(400)]
    assert any(refused)


@EVERY
def test_made_up_bytes_are_corrupt(name: str) -> None:
    random = Random(9)  # noqa: S311
    first = CASES[name][1][:1]
    for size in range(80):
        assert decoded(name, random.randbytes(size)) is None
        assert decoded(name, first + random.randbytes(size)) is None


@pytest.mark.parametrize("name", ["counts", "cells", "categories", "census", "sequence"])
def test_bytes_of_another_kind_are_corrupt(name: str) -> None:
    others = [data for other, (_, data) in CASES.items() if other not in (name, "categories")]
    alike = [CASES[other][1] for other in ("counts", "strat_counts") if name == "categories"]
    others = [data for data in others if data not in alike]
    assert [data for data in others if decoded(name, data) is not None] == []


@pytest.mark.parametrize("mark", [-1, 2, 255])
def test_a_mark_that_is_neither_there_nor_missing_is_corrupt(mark: int) -> None:
    data = Writer(1).integers(mark, 5).data()
    with pytest.raises(CorruptError, match=f"mark {mark}"):
        Reader(data, 1, "example").optional(1)


def test_a_length_beyond_all_memory_is_corrupt_at_once() -> None:
    whole = Writer(1).array(np.arange(5)).data()
    for size in (2**63 - 1, 2**60, 6, 4, 0):
        with pytest.raises(CorruptError, match="length"):
            Reader(whole[:1] + size.to_bytes(8, "little") + whole[9:], 1, "example").array()
